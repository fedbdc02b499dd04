//! Memory whose allocation can fail: a setting that is too large becomes an error that says what to lower, not an abort.

use std::alloc::Layout;

use aligned_vec::{AVec, ConstAlign};

/// Bytes of a cache line, and of 16 lanes.
const LINE: usize = 64;

/// Memory that begins at a cache line, so that 16 lanes are one line: with every second vector across two lines, a large
/// layer takes a third longer.
pub type Aligned<T> = AVec<T, ConstAlign<LINE>>;

/// So many zeros; `None` where there is no memory for them.
pub(crate) fn zeroed<T: Clone + Default>(len: usize) -> Option<Vec<T>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(len).ok()?;
    memory.resize(len, T::default());
    Some(memory)
}

/// The same, aligned.
pub fn aligned<T: Clone + Default>(len: usize) -> Option<Aligned<T>> {
    // The crate does not check that so many bytes can be addressed.
    Layout::array::<T>(len.checked_add(LINE)?).ok()?;
    let mut memory = Aligned::new(0);
    memory.try_reserve_exact(len).ok()?;
    memory.resize(len, T::default());
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::{aligned, zeroed};

    #[test]
    fn aligned_memory_begins_at_a_cache_line() {
        for len in [1, 100, 1 << 20] {
            let memory = aligned::<f32>(len).unwrap();
            assert_eq!(memory.as_ptr().addr() % 64, 0);
            assert_eq!(*memory, *vec![0.0; len]);
        }
    }

    #[test]
    fn more_than_can_be_addressed_is_none() {
        assert_eq!(zeroed::<u64>(usize::MAX), None);
        assert!(aligned::<f32>(usize::MAX).is_none());
        assert!(aligned::<f32>(1 << 61).is_none());
        assert_eq!(zeroed::<u64>(3), Some(vec![0; 3]));
    }
}
