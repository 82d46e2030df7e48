//! Moments as people read them, in their own time zone.

use chat_core::Timestamp;
use jiff::{civil::Date, tz::TimeZone};

/// The local day of a moment.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> Date {
    local(at, zone).date()
}

/// The local time of a moment: `09:41`.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let at = local(at, zone);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// A day for a divider: `Tue 23 Sep`, with the year when it is another one.
pub(crate) fn divider(day: Date, today: Date) -> String {
    match day.year() == today.year() {
        true => day.strftime("%a %-d %b").to_string(),
        false => day.strftime("%a %-d %b %Y").to_string(),
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    // A moment beyond what a calendar holds comes from a broken peer; it is shown as the epoch.
    jiff::Timestamp::from_millisecond(at.ms())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_where_the_reader_is() {
        let at: Timestamp = "2026-11-21T23:30:00Z".parse().unwrap();
        let east = TimeZone::fixed(jiff::tz::offset(2));

        assert_eq!(clock(at, &TimeZone::UTC), "23:30");
        assert_eq!(clock(at, &east), "01:30");
        assert_eq!(divider(day(at, &east), day(at, &east)), "Sun 22 Nov");
        assert_eq!(
            divider(day(at, &east), Date::constant(2027, 1, 1)),
            "Sun 22 Nov 2026"
        );
    }

    #[test]
    fn a_moment_no_calendar_holds_is_still_shown() {
        assert_eq!(clock(Timestamp::from_ms(i64::MAX), &TimeZone::UTC), "00:00");
    }
}
