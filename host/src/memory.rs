//! Memory that a machine may not have. Without it a setting that is too large would abort the program, where it can be
//! an error that says what to lower.

/// So many zeros; `None` where there is no memory for them.
pub(crate) fn zeroed<T: Clone + Default>(len: usize) -> Option<Vec<T>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(len).ok()?;
    memory.resize(len, T::default());
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::zeroed;

    #[test]
    fn more_than_can_be_addressed_is_none() {
        assert_eq!(zeroed::<u64>(usize::MAX), None);
        assert_eq!(zeroed::<u64>(3), Some(vec![0; 3]));
    }
}
