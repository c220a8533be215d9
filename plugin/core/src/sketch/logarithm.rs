//! Logarithms and powers of two out of additions, multiplications and divisions alone. IEEE 754 fixes those to the bit, so native code and wasm agree.

const FRACTION_BITS: u32 = 52;
const FRACTION: u64 = (1 << FRACTION_BITS) - 1;
const BIAS: i64 = 1023;

/// The logarithm to base two, within 2^-28; 0 for what is not a positive normal number.
pub fn log2(x: f64) -> f64 {
    if !(f64::MIN_POSITIVE..=f64::MAX).contains(&x) {
        return 0.0;
    }
    let bits = x.to_bits();
    let exponent = (bits.wrapping_shr(FRACTION_BITS) as i64).wrapping_sub(BIAS);
    let mantissa = f64::from_bits(bits & FRACTION | (BIAS as u64).wrapping_shl(FRACTION_BITS));
    let (mantissa, exponent) = if mantissa > std::f64::consts::SQRT_2 {
        (mantissa / 2.0, exponent.wrapping_add(1))
    } else {
        (mantissa, exponent)
    };
    // The series of the inverse hyperbolic tangent: the argument is at most 0.172.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let series =
        1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0 + square * (1.0 / 7.0 + square / 9.0)));
    exponent as f64 + 2.0 * std::f64::consts::LOG2_E * z * series
}

/// Two to the power of `x`, within a part in 2^28; 0 far below, the largest power far above.
pub fn exp2(x: f64) -> f64 {
    if x.is_nan() || x < -1000.0 {
        return 0.0;
    }
    let whole = (x.min(1000.0) + if x < 0.0 { -0.5 } else { 0.5 }) as i64;
    let t = (x.min(1000.0) - whole as f64) * std::f64::consts::LN_2;
    let tail =
        1.0 / 24.0 + t * (1.0 / 120.0 + t * (1.0 / 720.0 + t * (1.0 / 5040.0 + t / 40320.0)));
    let power = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * tail)));
    power * f64::from_bits((whole.wrapping_add(BIAS) as u64).wrapping_shl(FRACTION_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn log2_is_within_its_bound(x in 1e-300f64..1e300) {
            prop_assert!((log2(x) - x.log2()).abs() < 4e-9, "{x}");
        }

        #[test]
        fn exp2_is_within_its_bound(x in -900f64..900.0) {
            prop_assert!((exp2(x) / x.exp2() - 1.0).abs() < 4e-9, "{x}");
        }
    }

    /// Bits of results, as every platform must give them.
    #[test]
    fn results_are_fixed_to_the_bit() {
        assert_eq!(
            [log2(3.0), log2(0.1), log2(1e9)].map(f64::to_bits),
            [0x3ff9_5c01_a3a9_042e, 0xc00a_934f_0979_5924, 0x403d_e5b8_eaa8_d7e0]
        );
        assert_eq!([log2(0.0), log2(-1.0), log2(f64::NAN), log2(f64::INFINITY)], [0.0; 4]);
        assert_eq!(
            [exp2(0.0), exp2(-1.0), exp2(10.0), exp2(f64::NAN), exp2(-5000.0)],
            [1.0, 0.5, 1024.0, 0.0, 0.0]
        );
    }
}
