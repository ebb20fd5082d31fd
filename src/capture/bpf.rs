//! The classic BPF machine: runs the programs that libpcap compiles from filter expressions.
//!
//! libpcap can run them itself, but through the `pcap` crate only with the captured length in place of the length on
//! the wire: `greater 1000` would then never match in a capture with a snap length of 96. Jumps only go forward, so
//! every program ends. Every load is checked: as the kernel does it, a load beyond the captured bytes rejects the frame.

/// `BPF_MEMWORDS`.
const SCRATCH: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instruction {
    code: u16,
    jump_true: u8,
    jump_false: u8,
    k: u32,
}

/// A compiled filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program(Vec<Instruction>);

impl Program {
    /// From one line per instruction as `tcpdump -ddd` prints them: code, jump if true, jump if false, operand.
    pub(super) fn parse(lines: impl Iterator<Item = String>) -> Option<Self> {
        lines
            .map(|line| {
                let mut fields = line.split_ascii_whitespace();
                let instruction = Instruction {
                    code: fields.next()?.parse().ok()?,
                    jump_true: fields.next()?.parse().ok()?,
                    jump_false: fields.next()?.parse().ok()?,
                    k: fields.next()?.parse().ok()?,
                };
                fields.next().is_none().then_some(instruction)
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    /// Whether the program accepts a frame of which `data` was captured and that had `wire_len` bytes on the wire.
    pub(super) fn accepts(&self, data: &[u8], wire_len: u32) -> bool {
        // No code at all is the empty expression: everything.
        self.0.is_empty() || self.run(data, wire_len).is_some_and(|accepted| accepted > 0)
    }

    /// What the program returns; `None` where it reads beyond the data, divides by zero, or is invalid.
    fn run(&self, data: &[u8], wire_len: u32) -> Option<u32> {
        let (mut a, mut x, mut memory) = (0_u32, 0_u32, [0_u32; SCRATCH]);
        let mut code = self.0.iter();
        loop {
            let &Instruction { code: op, jump_true, jump_false, k } = code.next()?;
            let operand = if op & 0x08 == 0 { k } else { x };
            match op {
                // Loads: size in bits 3 and 4, mode in bits 5 to 7.
                0x00 => a = k,
                0x01 => x = k,
                0x80 => a = wire_len,
                0x81 => x = wire_len,
                0x60 => a = *memory.get(k as usize)?,
                0x61 => x = *memory.get(k as usize)?,
                0x20 => a = u32::from_be_bytes(load(data, k)?),
                0x28 => a = u16::from_be_bytes(load(data, k)?).into(),
                0x30 => a = u8::from_be_bytes(load(data, k)?).into(),
                0x40 => a = u32::from_be_bytes(load(data, x.checked_add(k)?)?),
                0x48 => a = u16::from_be_bytes(load(data, x.checked_add(k)?)?).into(),
                0x50 => a = u8::from_be_bytes(load(data, x.checked_add(k)?)?).into(),
                // The length of an IPv4 header, in one instruction.
                0xb1 => x = u32::from(u8::from_be_bytes(load(data, k)?) & 0x0f) * 4,
                0x02 => *memory.get_mut(k as usize)? = a,
                0x03 => *memory.get_mut(k as usize)? = x,
                0x07 => x = a,
                0x87 => a = x,
                // Arithmetic on `a` with `k` or, bit 3 set, with `x`.
                0x04 | 0x0c => a = a.wrapping_add(operand),
                0x14 | 0x1c => a = a.wrapping_sub(operand),
                0x24 | 0x2c => a = a.wrapping_mul(operand),
                0x34 | 0x3c => a = a.checked_div(operand)?,
                0x94 | 0x9c => a = a.checked_rem(operand)?,
                0x44 | 0x4c => a |= operand,
                0x54 | 0x5c => a &= operand,
                0xa4 | 0xac => a ^= operand,
                0x64 | 0x6c => a = a.checked_shl(operand).unwrap_or(0),
                0x74 | 0x7c => a = a.checked_shr(operand).unwrap_or(0),
                0x84 => a = a.wrapping_neg(),
                // Jumps: the offset counts from the next instruction.
                0x05 => code = code.as_slice().get(k as usize..)?.iter(),
                0x15 | 0x1d | 0x25 | 0x2d | 0x35 | 0x3d | 0x45 | 0x4d => {
                    let holds = match op & 0xf0 {
                        0x10 => a == operand,
                        0x20 => a > operand,
                        0x30 => a >= operand,
                        _ => a & operand != 0,
                    };
                    let offset = if holds { jump_true } else { jump_false };
                    code = code.as_slice().get(usize::from(offset)..)?.iter();
                }
                0x06 => return Some(k),
                0x16 => return Some(a),
                _ => return None,
            }
        }
    }
}

fn load<const N: usize>(data: &[u8], at: u32) -> Option<[u8; N]> {
    data.get(at as usize..)?.first_chunk().copied()
}
