//! Thousands of spoiled files: each is a ticket or bad input, none a panic.

use super::{Numbers, Ticket, ticket};
use crate::error::is_bad_input;

#[test]
fn no_mutation_of_a_file_makes_the_reader_panic() {
    let original = ticket().to_bytes().unwrap();
    let header = 8 + u64::from_le_bytes(original[..8].try_into().unwrap()) as usize;
    let digits: Vec<usize> = (8..header).filter(|&at| original[at].is_ascii_digit()).collect();
    let mut numbers = Numbers(1);
    let (mut read_count, mut refused_count) = (0, 0);
    for round in 0..12_000 {
        let mut bytes = original.clone();
        for _ in 0..=numbers.below(3) {
            match round % 6 {
                0 => bytes[numbers.below(header)] ^= 1 << numbers.below(8),
                1 => bytes[header + numbers.below(original.len() - header)] ^= 1 << numbers.below(8),
                2 => bytes[numbers.below(original.len())] = numbers.below(256) as u8,
                3 => bytes[digits[numbers.below(digits.len())]] = b'0' + numbers.below(10) as u8,
                4 => {
                    // A digit more or less, the header's length kept true.
                    let at = digits[numbers.below(digits.len())];
                    let length = if numbers.below(2) == 0 {
                        bytes.insert(at, b'9');
                        u64::from_le_bytes(bytes[..8].try_into().unwrap()) + 1
                    } else {
                        bytes.remove(at);
                        u64::from_le_bytes(bytes[..8].try_into().unwrap()) - 1
                    };
                    bytes[..8].copy_from_slice(&length.to_le_bytes());
                }
                _ => {
                    let cut = numbers.below(original.len());
                    bytes.truncate(cut.max(header / 2));
                    break;
                }
            }
        }
        match Ticket::from_bytes(&bytes, "mutated") {
            Ok(ticket) => {
                read_count += 1;
                ticket.to_bytes().expect("what was read can be written");
            }
            Err(error) => {
                refused_count += 1;
                assert!(is_bad_input(&error), "{error:#}");
            }
        }
    }
    // Both happen often, else the mutations are too wild or too tame to say anything.
    assert!(
        500 < read_count && 5_000 < refused_count,
        "{read_count} read, {refused_count} refused"
    );
}
