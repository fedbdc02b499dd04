//! How samples travel to a board and answers back. Without it a flipped bit on the way would be a wrong answer.
//!
//! A message is little-endian fields, followed by their CRC-16; the bytes are stuffed (COBS), so that none is 0, and a 0
//! ends the frame. Whatever arrives, the next 0 is the start of a clean frame: nothing can hang. Nothing here panics,
//! so the proof program may call all of it.
//!
//! [`message`] says what is said.

pub mod message;

/// Bytes of the frame of a message of `len` bytes: the CRC, a code for every 254 bytes begun, and the 0.
pub const fn frame_len(len: usize) -> usize {
    let stuffed = len + 2;
    stuffed + stuffed / 254 + 2
}

/// CRC-16/IBM-3740 (polynomial 0x1021, from 0xFFFF), of one more byte.
const fn crc_of(crc: u16, byte: u8) -> u16 {
    let mut crc = crc ^ (byte as u16) << 8;
    let mut bit = 0;
    while bit < 8 {
        crc = if crc & 0x8000 == 0 {
            crc << 1
        } else {
            crc << 1 ^ 0x1021
        };
        bit += 1;
    }
    crc
}

const CRC: u16 = 0xFFFF;

/// What a frame can be but whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its CRC is not that of its bytes.
    Corrupt,
    /// It ended before its bytes did.
    Truncated,
    /// It is longer than any message.
    Oversized,
}

/// Takes frames apart, byte by byte, in the caller's memory.
#[derive(Debug)]
pub struct Decoder<'a> {
    buffer: &'a mut [u8],
    len: usize,
    /// Bytes until the next code; 0 means that the next byte is one.
    until_code: u8,
    /// Whether a 0 stands where the next code is, as long as the frame goes on.
    owes_zero: bool,
    /// Whether anything has arrived since the last frame.
    has_begun: bool,
    overflowed: bool,
}

impl<'a> Decoder<'a> {
    /// `buffer` holds the longest message and its CRC; a longer frame is [`Broken::Oversized`].
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self {
            buffer,
            len: 0,
            until_code: 0,
            owes_zero: false,
            has_begun: false,
            overflowed: false,
        }
    }

    /// Takes the next byte, and returns the message where it ends a frame. Between two zeros there is no frame.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u8], Broken>> {
        if byte == 0 {
            return self.end(true);
        }
        self.has_begun = true;
        if self.until_code == 0 {
            if self.owes_zero {
                self.store(0);
            }
            self.until_code = byte - 1;
            // A code of 255 stands for 254 bytes that no 0 follows.
            self.owes_zero = byte != 0xFF;
        } else {
            self.until_code -= 1;
            self.store(byte);
        }
        None
    }

    /// Says that nothing will come any more: a frame that has begun is broken.
    pub fn finish(&mut self) -> Option<Broken> {
        self.end(false)?.err()
    }

    /// Ends the frame, if one has begun.
    fn end(&mut self, is_whole: bool) -> Option<Result<&[u8], Broken>> {
        let (len, has_begun, overflowed) = (self.len, self.has_begun, self.overflowed);
        let is_cut = !is_whole || self.until_code != 0;
        (self.len, self.until_code) = (0, 0);
        (self.owes_zero, self.has_begun, self.overflowed) = (false, false, false);
        if !has_begun {
            return None;
        }
        let bytes = self.buffer.get(..len).unwrap_or(&[]);
        Some(match bytes.split_last_chunk() {
            _ if overflowed => Err(Broken::Oversized),
            Some((message, crc)) if !is_cut => {
                let sent = u16::from_le_bytes(*crc);
                let crc = message.iter().fold(CRC, |crc, &byte| crc_of(crc, byte));
                if crc == sent {
                    Ok(message)
                } else {
                    Err(Broken::Corrupt)
                }
            }
            _ => Err(Broken::Truncated),
        })
    }

    fn store(&mut self, byte: u8) {
        match self.buffer.get_mut(self.len) {
            Some(to) => {
                *to = byte;
                self.len += 1;
            }
            None => self.overflowed = true,
        }
    }
}

/// Puts a frame together, field by field, in the caller's memory. A frame that does not fit is none.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut [u8],
    len: usize,
    /// Where the code of the bytes under way stands.
    code: usize,
    crc: u16,
}

impl<'a> Encoder<'a> {
    /// `out` holds [`frame_len`] bytes of the message.
    pub const fn new(out: &'a mut [u8]) -> Self {
        Self {
            out,
            len: 1,
            code: 0,
            crc: CRC,
        }
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for &byte in bytes {
            self.crc = crc_of(self.crc, byte);
            self.stuff(byte);
        }
        self
    }

    /// Appends a number.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// Appends a number.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a number.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a number.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends the bits of floats.
    pub fn floats(&mut self, values: &[f32]) -> &mut Self {
        for value in values {
            self.bytes(&value.to_le_bytes());
        }
        self
    }

    /// Appends the CRC and ends the frame. Empty if it does not fit.
    pub fn finish(&mut self) -> &[u8] {
        for byte in self.crc.to_le_bytes() {
            self.stuff(byte);
        }
        self.close_block();
        self.put(0);
        self.out.get(..self.len).unwrap_or(&[])
    }

    fn stuff(&mut self, byte: u8) {
        if byte != 0 {
            self.put(byte);
        }
        if byte == 0 || self.len - self.code == 0xFF {
            self.close_block();
            self.code = self.len;
            self.len += 1;
        }
    }

    /// Writes how far it is to the next code.
    fn close_block(&mut self) {
        let distance = (self.len - self.code) as u8;
        if let Some(code) = self.out.get_mut(self.code) {
            *code = distance;
        }
    }

    /// What does not fit is counted all the same, so that the frame is found to be too long.
    fn put(&mut self, byte: u8) {
        if let Some(to) = self.out.get_mut(self.len) {
            *to = byte;
        }
        self.len += 1;
    }
}

/// Reads the fields of a message.
#[derive(Clone, Debug)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Of a message that arrived whole.
    pub const fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next number, if there is one.
    pub fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    /// The next number, if there is one.
    pub fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    /// The next number, if there is one.
    pub fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    /// The next number, if there is one.
    pub fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    /// Fills `values` with the next floats, if there are so many.
    pub fn floats(&mut self, values: &mut [f32]) -> Option<()> {
        for value in values {
            *value = f32::from_bits(self.u32()?);
        }
        Some(())
    }

    /// Whether all has been read.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::{Broken, Decoder, Encoder, crc_of, frame_len};

    /// The frame of a message.
    fn frame(message: &[u8]) -> Vec<u8> {
        let mut out = std::vec![9; frame_len(message.len())];
        Encoder::new(&mut out).bytes(message).finish().to_vec()
    }

    /// What comes of these bytes in a buffer of `room` bytes.
    fn decoded(bytes: &[u8], room: usize) -> Vec<Result<Vec<u8>, Broken>> {
        let mut buffer = std::vec![0; room];
        let mut decoder = Decoder::new(&mut buffer);
        let mut found = Vec::new();
        for &byte in bytes {
            found.extend(decoder.push(byte).map(|message| message.map(<[u8]>::to_vec)));
        }
        found.extend(decoder.finish().map(Err));
        found
    }

    #[test]
    fn the_crc_is_the_published_one() {
        assert_eq!(
            b"123456789".iter().fold(0xFFFF, |crc, &byte| crc_of(crc, byte)),
            0x29B1
        );
    }

    #[test]
    fn every_message_comes_back() {
        for len in [0, 1, 2, 7, 250, 251, 252, 253, 254, 255, 256, 507, 508, 509, 700] {
            for pattern in [
                |_| 0,
                |_| 1,
                |_| 255,
                |index: usize| index as u8,
                |index| (index % 3) as u8,
            ] {
                let message: Vec<u8> = (0..len).map(pattern).collect();
                let frame = frame(&message);
                assert!(frame.len() <= frame_len(len) && !frame.is_empty());
                assert_eq!(frame.iter().position(|&byte| byte == 0), Some(frame.len() - 1));
                assert_eq!(decoded(&frame, len + 2), [Ok(message)]);
            }
        }
    }

    #[test]
    fn a_frame_that_does_not_fit_is_empty_and_writes_nothing_beyond() {
        for room in 0..frame_len(20) - 1 {
            let mut out = std::vec![0; room];
            assert!(Encoder::new(&mut out).bytes(&[7; 20]).finish().is_empty());
        }
    }

    #[test]
    fn a_flipped_bit_is_corrupt_or_cuts_the_frame_and_the_next_frame_is_whole() {
        let (good, next) = (frame(&[1, 0, 2, 0, 0, 3]), frame(&[4, 5]));
        for bit in 0..(good.len() - 1) * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes.extend(&next);
            let (last, broken) = decoded(&bytes, 40)
                .split_last()
                .map(|(last, rest)| (last.clone(), rest.to_vec()))
                .unwrap();
            assert_eq!(last, Ok(std::vec![4, 5]));
            assert!(
                !broken.is_empty() && broken.iter().all(Result::is_err),
                "{bit}: {broken:?}"
            );
        }
    }

    #[test]
    fn broken_frames_are_told_apart() {
        let good = frame(&[1, 2, 3]);
        assert_eq!(decoded(&good[..3], 40), [Err(Broken::Truncated)]);
        assert_eq!(decoded(&[1, 0], 40), [Err(Broken::Truncated)]);
        assert_eq!(decoded(&frame(&[8; 30]), 31), [Err(Broken::Oversized)]);
        assert_eq!(decoded(&[3, 1, 1, 0], 40), [Err(Broken::Corrupt)]);
        assert_eq!(decoded(&[0, 0, 0], 40), []);
        // What was too long leaves nothing behind.
        let both = [frame(&[8; 30]), good.clone()].concat();
        assert_eq!(
            decoded(&both, 31),
            [Err(Broken::Oversized), Ok(std::vec![1, 2, 3])]
        );
    }
}
