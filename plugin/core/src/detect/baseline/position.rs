//! Positions on Earth in half a word, and the distance between two of them at least.

use super::countries::country;
use crate::detect::Subject;
use crate::event::Field;
use crate::value::Val;

/// Kilometres that a position may be off by: coordinates, or the country around its middle.
const RADII: [f64; 8] = [25.0, 300.0, 600.0, 1000.0, 1600.0, 2500.0, 3600.0, 6000.0];
/// Degrees are kept in steps of a fiftieth: two kilometres.
const STEPS: f64 = 50.0;
const LON_BITS: u32 = 15;
const RADIUS_BITS: u32 = 3;
/// The radius of the Earth.
const EARTH: f64 = 6371.0;

/// A position in 32 bits; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position(pub u32);

impl Position {
    /// The origin's position: its coordinates, else its country's.
    pub fn of(subject: &Subject<'_>) -> Option<Position> {
        match (degrees(subject, Field::OriginLat), degrees(subject, Field::OriginLon)) {
            (Some(lat), Some(lon)) => Position::at(lat, lon, 0.0),
            _ => {
                let (lat, lon, radius) = country(subject.text(Field::OriginCountry))?;
                Position::at(lat, lon, radius)
            }
        }
    }

    /// `None` for what is nowhere on Earth; 0 north, 0 east is what databases write for an unknown place.
    pub fn at(lat: f64, lon: f64, radius: f64) -> Option<Position> {
        let is_known = lat != 0.0 || lon != 0.0;
        if !(is_known && (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)) {
            return None;
        }
        let class = RADII.iter().position(|held| radius <= *held).unwrap_or(RADII.len());
        let steps = |degrees: f64, from: f64| ((degrees + from) * STEPS) as u32;
        let place = steps(lat, 90.0).wrapping_shl(LON_BITS) | steps(lon, 180.0);
        let class = (class as u32).min(7);
        Some(Position(place.wrapping_shl(RADIUS_BITS) | class))
    }

    fn degrees(self) -> (f64, f64) {
        let place = self.0.wrapping_shr(RADIUS_BITS);
        let lon = place & 1u32.wrapping_shl(LON_BITS).wrapping_sub(1);
        let lat = place.wrapping_shr(LON_BITS);
        (f64::from(lat) / STEPS - 90.0, f64::from(lon) / STEPS - 180.0)
    }

    fn radius(self) -> f64 {
        RADII.get((self.0 & 7) as usize).copied().unwrap_or_default()
    }

    /// Kilometres between two positions, at least: never more than the way along the surface, and up to a fifth less.
    pub fn distance(self, other: Position) -> f64 {
        let vector = |position: Position| {
            let (lat, lon) = position.degrees();
            let ring = sine(lat + 90.0);
            [ring * sine(lon + 90.0), ring * sine(lon), sine(lat)]
        };
        let (one, two) = (vector(self), vector(other));
        let square: f64 = one.iter().zip(two).map(|(one, two)| (one - two) * (one - two)).sum();
        let half = (square.sqrt() / 2.0).min(1.0);
        let square = half * half;
        // The first terms of the inverse sine.
        let angle = half * (1.0 + square * (1.0 / 6.0 + square * (0.075 + square * 15.0 / 336.0)));
        (2.0 * EARTH * angle - self.radius() - other.radius()).max(0.0)
    }
}

/// The sine of degrees between -450 and 450, out of additions and multiplications alone, so that native code and wasm agree.
fn sine(degrees: f64) -> f64 {
    let mut x = degrees;
    if x > 180.0 {
        x -= 360.0;
    } else if x < -180.0 {
        x += 360.0;
    }
    if x > 90.0 {
        x = 180.0 - x;
    } else if x < -90.0 {
        x = -180.0 - x;
    }
    let x = x * std::f64::consts::PI / 180.0;
    let s = x * x;
    let tail = 1.0 / 5040.0 - s * (1.0 / 362_880.0 - s / 39_916_800.0);
    x * (1.0 - s * (1.0 / 6.0 - s * (1.0 / 120.0 - s * tail)))
}

/// A number, or text that is one.
fn degrees(subject: &Subject<'_>, field: Field) -> Option<f64> {
    let degrees = match subject.event.get(field) {
        Val::None => return None,
        Val::Int(degrees) => degrees as f64,
        _ => std::str::from_utf8(subject.text(field)).ok()?.trim().parse::<f64>().ok()?,
    };
    degrees.is_finite().then_some(degrees)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::at(lat, lon, 0.0).unwrap()
    }

    #[test]
    fn sines_are_those_of_the_library() {
        for step in -450..=450i32 {
            let degrees = f64::from(step);
            assert!((sine(degrees) - degrees.to_radians().sin()).abs() < 1e-6, "{step}");
        }
    }

    #[test]
    fn distances_are_at_most_those_along_the_surface_and_near_them() {
        let (berlin, paris, sydney, york) =
            (at(52.52, 13.40), at(48.86, 2.35), at(-33.87, 151.21), at(40.71, -74.01));
        for (one, two, exact) in [
            (berlin, paris, 878.0),
            (berlin, york, 6385.0),
            (york, sydney, 15_990.0),
            (berlin, sydney, 16_090.0),
        ] {
            let found = one.distance(two);
            assert_eq!(found, two.distance(one));
            assert!(found <= exact && found >= exact * 0.8 - 50.0, "{found} {exact}");
        }
        assert_eq!(berlin.distance(berlin), 0.0);
        // Across the line where dates change.
        assert!(at(0.5, 179.9).distance(at(0.5, -179.9)) < 30.0);
    }

    #[test]
    fn countries_beside_each_other_are_no_way_apart() {
        let of = |code: &[u8]| {
            let (lat, lon, radius) = country(code).unwrap();
            Position::at(lat, lon, radius).unwrap()
        };
        for (one, two) in
            [(b"DE", b"FR"), (b"US", b"CA"), (b"CN", b"RU"), (b"ES", b"MA"), (b"US", b"MX")]
        {
            assert_eq!(of(one).distance(of(two)), 0.0, "{one:?} {two:?}");
        }
        assert!(of(b"DE").distance(of(b"BR")) > 3500.0 && of(b"GB").distance(of(b"NG")) > 2000.0);
    }

    #[test]
    fn places_that_are_none_are_refused() {
        for (lat, lon) in
            [(0.0, 0.0), (91.0, 0.0), (0.0, 181.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)]
        {
            assert_eq!(Position::at(lat, lon, 0.0), None);
        }
        assert!(
            Position::at(90.0, 180.0, 0.0).is_some() && Position::at(-90.0, -180.0, 9e9).is_some()
        );
    }
}
