//! How points are dealt out to classes, so that no class is short of more than one and chance levels are the same.

/// Points in order, the first half of them class 0: the class of the point with this index, its position among the
/// points of its class, and how many those are.
pub(super) fn halves(index: usize, count: usize) -> (u16, usize, usize) {
    let first = count / 2;
    if index < first {
        (0, index, first)
    } else {
        (1, index - first, count - first)
    }
}

/// The same where classes take turns. `class_count` is at most 65536 and not 0.
pub(super) fn deal(index: usize, count: usize, class_count: usize) -> (u16, usize, usize) {
    let class = index % class_count;
    let size = count.saturating_sub(class).div_ceil(class_count);
    (class as u16, index / class_count, size)
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::deal;

    #[test]
    fn every_class_counts_its_points_from_zero_and_knows_how_many_they_are() {
        for (count, class_count) in [(1, 2), (10, 3), (11, 3), (12, 3), (5, 8), (1000, 7)] {
            let mut seen = vec![0; class_count];
            for index in 0..count {
                let (class, position, _) = deal(index, count, class_count);
                assert_eq!(position, seen[usize::from(class)]);
                seen[usize::from(class)] += 1;
            }
            for index in 0..count {
                let (class, _, size) = deal(index, count, class_count);
                assert_eq!(size, seen[usize::from(class)]);
            }
            assert!(seen[0] - seen[class_count - 1] <= 1, "{seen:?}");
        }
    }
}
