//! Memory that a machine may not have, and memory that begins where a vector likes to. Without it a setting that is too
//! large would abort the program, where it can be an error that says what to lower; and every second vector of
//! activations would lie across two cache lines, which costs a third of the time of a large layer.

use std::ops::{Deref, DerefMut};

/// So many zeros; `None` where there is no memory for them.
pub(crate) fn zeroed<T: Clone + Default>(len: usize) -> Option<Vec<T>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(len).ok()?;
    memory.resize(len, T::default());
    Some(memory)
}

/// Bytes of a cache line, and of 16 lanes.
const LINE: usize = 64;

/// Floats that begin at a cache line, so that 16 lanes of a unit are one.
#[derive(Debug)]
pub struct Aligned {
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// So many zeros; `None` where there is no memory for them.
    pub fn zeroed(len: usize) -> Option<Self> {
        let slack = LINE / size_of::<f32>();
        let memory: Vec<f32> = zeroed(len.checked_add(slack)?)?;
        // Where the address cannot be had, the floats begin anywhere: that is slower, not wrong.
        let start = memory.as_ptr().align_offset(LINE).min(slack);
        Some(Self { memory, start, len })
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[self.start..][..self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::{Aligned, LINE, zeroed};

    #[test]
    fn aligned_memory_begins_at_a_cache_line() {
        for len in [0, 1, 100, 1 << 20] {
            let aligned = Aligned::zeroed(len).unwrap();
            assert_eq!(aligned.as_ptr().addr() % LINE, 0);
            assert_eq!(&*aligned, vec![0.0; len]);
        }
        assert!(Aligned::zeroed(usize::MAX).is_none());
    }

    #[test]
    fn more_than_can_be_addressed_is_none() {
        assert_eq!(zeroed::<u64>(usize::MAX), None);
        assert_eq!(zeroed::<u64>(3), Some(vec![0; 3]));
    }
}
