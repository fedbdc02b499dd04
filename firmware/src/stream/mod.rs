//! Frames: how messages travel between the host and a board, whole or not at all.
//!
//! A message is little-endian fields, followed by their CRC-16; the bytes are stuffed (COBS), so that none is 0, and a 0
//! ends the frame. Whatever arrives, the next 0 is the start of a clean frame: nothing can hang. Nothing here panics,
//! so the proof program may call all of it.
//!
//! [`message`] has the messages.

pub mod lesson;
pub mod message;

use cobs::{DecodeResult, DecoderState, EncoderState, PushResult};
use crc::{CRC_16_IBM_3740, Crc, NoTable};

/// Without a table: frames are short, and flash is scarce.
const CRC: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_IBM_3740);
/// The CRC of no bytes.
const EMPTY: u16 = CRC_16_IBM_3740.init;

/// The CRC of bytes that follow those of `crc`. This algorithm's last step changes nothing, so it may be done after every
/// part. A [`crc::Digest`] that lives longer keeps the algorithm behind a pointer, which costs 160 bytes of code.
fn crc_after(crc: u16, bytes: &[u8]) -> u16 {
    let mut digest = CRC.digest_with_initial(crc);
    digest.update(bytes);
    digest.finalize()
}

/// Bytes of the longest frame of a message of `len` bytes: with its CRC, a code of COBS for every 254 bytes begun, and
/// the 0.
pub const fn frame_len(len: usize) -> usize {
    let stuffed = len + 2;
    stuffed + stuffed / 254 + 2
}

/// A number of 32 bits: what a ticket reads and answers.
pub trait Number: Copy {
    /// Zero.
    const ZERO: Self;

    /// The number of these bits.
    fn of_bits(bits: u32) -> Self;

    /// Its bits.
    fn bits(self) -> u32;

    /// Whether it is finite.
    fn is_number(self) -> bool;
}

impl Number for f32 {
    const ZERO: Self = 0.0;

    #[inline]
    fn of_bits(bits: u32) -> Self {
        Self::from_bits(bits)
    }

    #[inline]
    fn bits(self) -> u32 {
        self.to_bits()
    }

    #[inline]
    fn is_number(self) -> bool {
        self.is_finite()
    }
}

impl Number for i32 {
    const ZERO: Self = 0;

    #[inline]
    fn of_bits(bits: u32) -> Self {
        bits.cast_signed()
    }

    #[inline]
    fn bits(self) -> u32 {
        self.cast_unsigned()
    }

    #[inline]
    fn is_number(self) -> bool {
        true
    }
}

/// The bits of a number of either kind, which are not looked at.
impl Number for u32 {
    const ZERO: Self = 0;

    #[inline]
    fn of_bits(bits: u32) -> Self {
        bits
    }

    #[inline]
    fn bits(self) -> u32 {
        self
    }

    #[inline]
    fn is_number(self) -> bool {
        true
    }
}

/// Why a frame holds no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its CRC is not that of its bytes.
    Corrupt,
    /// It ended before its bytes did.
    Truncated,
    /// It is longer than any message.
    Oversized,
}

/// Decodes frames, byte by byte, in the caller's memory. `cobs` has a decoder like this, which forgets an overflow.
#[derive(Debug)]
pub struct Decoder<'a> {
    buffer: &'a mut [u8],
    len: usize,
    state: DecoderState,
    overflowed: bool,
}

impl<'a> Decoder<'a> {
    /// `buffer` holds the longest message and its CRC; a longer frame is [`Broken::Oversized`].
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self {
            buffer,
            len: 0,
            state: DecoderState::Idle,
            overflowed: false,
        }
    }

    /// Takes the next byte, and returns the message where it ends a frame. Between two zeros there is no frame.
    pub fn push(&mut self, byte: u8) -> Option<Result<&[u8], Broken>> {
        match self.state.feed(byte) {
            Ok(DecodeResult::NoData) => None,
            Ok(DecodeResult::DataStart) => {
                (self.len, self.overflowed) = (0, false);
                None
            }
            Ok(DecodeResult::DataContinue(byte)) => {
                match self.buffer.get_mut(self.len) {
                    Some(to) => {
                        *to = byte;
                        self.len += 1;
                    }
                    None => self.overflowed = true,
                }
                None
            }
            Ok(DecodeResult::DataComplete) => Some(self.message()),
            Err(_) => Some(Err(self.cut())),
        }
    }

    /// Says that nothing will come any more: a frame that has begun is broken.
    pub fn finish(self) -> Option<Broken> {
        (!matches!(self.state, DecoderState::Idle)).then(|| self.cut())
    }

    /// The message of a frame that has come to its end.
    fn message(&self) -> Result<&[u8], Broken> {
        let bytes = self.buffer.get(..self.len).filter(|_| !self.overflowed);
        let (message, crc) = bytes.and_then(<[u8]>::split_last_chunk).ok_or(self.cut())?;
        if crc_after(EMPTY, message) == u16::from_le_bytes(*crc) {
            Ok(message)
        } else {
            Err(Broken::Corrupt)
        }
    }

    /// What is wrong with a frame that is not whole.
    const fn cut(&self) -> Broken {
        if self.overflowed {
            Broken::Oversized
        } else {
            Broken::Truncated
        }
    }
}

/// Decodes one frame, its 0 included, into `buffer`, as [`Decoder`] does.
///
/// # Errors
/// If it is broken, or has no end.
pub fn decode<'a>(frame: &[u8], buffer: &'a mut [u8]) -> Result<&'a [u8], Broken> {
    let mut decoder = Decoder::new(buffer);
    for &byte in frame {
        if let Some(message) = decoder.push(byte) {
            let len = message?.len();
            return Ok(buffer.get(..len).unwrap_or(&[]));
        }
    }
    Err(decoder.cut())
}

/// The frame of the message that `write` writes, in `out`, which holds its [`frame_len`]; empty if it does not fit.
pub fn encode(out: &mut [u8], write: impl FnOnce(&mut Encoder<'_>)) -> &[u8] {
    let mut encoder = Encoder {
        out,
        len: 1,
        state: EncoderState::default(),
        crc: EMPTY,
    };
    write(&mut encoder);
    encoder.u16(encoder.crc);
    let (code, distance) = encoder.state.clone().finalize();
    encoder.put(code, distance);
    encoder.put(encoder.len, 0);
    let Encoder { out, len, .. } = encoder;
    out.get(..=len).unwrap_or(&[])
}

/// Writes the fields of a message that [`encode`] makes a frame of. The encoder of `cobs` with memory of its own forgets
/// an overflow, and costs 80 bytes more.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut [u8],
    /// Of the frame so far, as if everything fitted.
    len: usize,
    state: EncoderState,
    crc: u16,
}

impl Encoder<'_> {
    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.crc = crc_after(self.crc, bytes);
        for &byte in bytes {
            match self.state.push(byte) {
                PushResult::AddSingle(byte) => self.put(self.len, byte),
                PushResult::ModifyFromStartAndSkip((code, distance)) => self.put(code, distance),
                PushResult::ModifyFromStartAndPushAndSkip((code, distance, byte)) => {
                    self.put(code, distance);
                    self.put(self.len, byte);
                    self.len += 1;
                }
            }
            self.len += 1;
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

    /// Appends the bits of numbers.
    pub fn numbers<N: Number>(&mut self, values: &[N]) -> &mut Self {
        for value in values {
            self.bytes(&value.bits().to_le_bytes());
        }
        self
    }

    fn put(&mut self, index: usize, byte: u8) {
        if let Some(to) = self.out.get_mut(index) {
            *to = byte;
        }
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

    /// Fills `values` with the next numbers, if there are so many.
    pub fn numbers<N: Number>(&mut self, values: &mut [N]) -> Option<()> {
        for value in values {
            *value = N::of_bits(self.u32()?);
        }
        Some(())
    }

    /// What has not been read.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
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

    use super::{Broken, CRC, Decoder, encode, frame_len};

    /// The frame of a message.
    fn frame(message: &[u8]) -> Vec<u8> {
        let mut out = std::vec![9; frame_len(message.len())];
        encode(&mut out, |out| _ = out.bytes(message)).to_vec()
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
        assert_eq!(CRC.checksum(b"123456789"), 0x29B1);
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
            assert!(encode(&mut out, |out| _ = out.bytes(&[7; 20])).is_empty());
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
