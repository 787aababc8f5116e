//! Appointments: entries for calendars (RFC 5545). One of the same id and a higher number takes an earlier one's place.

use chrono::Duration;
use icalendar::{Attendee, Calendar, Component, Event, EventLike, EventStatus, PartStat, Property, Role};
use serde::{Deserialize, Serialize};

use super::letters::Recipient;
use crate::clock::Time;
use crate::ids::InterviewId;
use crate::mailer::Invite;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Appointment {
    pub id: InterviewId,
    /// Counts up with every change.
    pub sequence: u32,
    pub starts_at: Time,
    pub minutes: i64,
    pub summary: String,
    pub place: Option<String>,
    pub note: Option<String>,
    pub is_cancelled: bool,
    /// When it was said.
    pub said_at: Time,
}

impl Appointment {
    /// As it goes to one recipient: who else takes part is not said. `organizer` is the operator's address, `domain` its
    /// domain.
    pub fn invite(&self, to: &Recipient, organizer: (&str, &str), domain: &str) -> Invite {
        let method = if self.is_cancelled { "CANCEL" } else { "REQUEST" };
        let (name, address) = organizer;
        let mut by = Property::new("ORGANIZER", format!("mailto:{address}"));
        by.add_parameter("CN", &parameter(name));
        let mut attendee = Attendee::new(format!("mailto:{}", to.address))
            .role(Role::ReqParticipant)
            .partstat(PartStat::NeedsAction)
            .rsvp(!self.is_cancelled);
        if let Some(name) = &to.name {
            attendee = attendee.cn(parameter(name));
        }
        let mut event = Event::new();
        event
            .uid(&format!("{}@{domain}", self.id))
            .sequence(self.sequence)
            .timestamp(self.said_at)
            .starts(self.starts_at)
            .ends(self.starts_at + Duration::minutes(self.minutes))
            .summary(&self.summary)
            .status(if self.is_cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
            .append_property(by)
            .attendee(attendee);
        if let Some(place) = &self.place {
            event.location(place);
        }
        if let Some(note) = &self.note {
            event.description(note);
        }
        let mut calendar = Calendar::empty();
        calendar
            .append_property(Property::new("VERSION", "2.0"))
            .append_property(Property::new("PRODID", "-//Mortise//Mortise//EN"))
            .append_property(Property::new("CALSCALE", "GREGORIAN"))
            .append_property(Property::new("METHOD", method))
            .push(event.done());
        Invite { method, text: calendar.to_string() }
    }
}

/// A parameter cannot quote a quotation mark (RFC 5545, 3.2).
fn parameter(text: &str) -> String {
    text.chars().map(|c| if c == '"' { '\'' } else { c }).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Appointment, Recipient};
    use crate::clock::Clock;
    use crate::ids::InterviewId;

    #[test]
    fn nothing_that_is_said_becomes_a_line_of_its_own() {
        let now = "2026-03-02T09:00:00Z".parse().expect("it is a time");
        let appointment = Appointment {
            id: InterviewId::new(&Clock::manual(now)),
            sequence: 3,
            starts_at: now,
            minutes: 45,
            summary: "Talk; really, \\ ".to_owned() + &"é".repeat(100),
            place: Some("Room 3\r\nATTENDEE:mailto:eve@example.com".into()),
            note: Some("One\nTwo".into()),
            is_cancelled: false,
            said_at: now,
        };
        let to = Recipient {
            name: Some("Ada \"Countess\"\nLovelace: 1".into()),
            address: "ada@example.com".into(),
        };

        let invite = appointment.invite(&to, ("Acme, \"Inc\"", "jobs@example.com"), "example.com");

        let unfolded = invite.text.replace("\r\n ", "");
        let lines: Vec<_> = unfolded.split("\r\n").collect();
        assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1, "{unfolded}");
        assert!(lines.iter().any(|line| line.ends_with(":mailto:ada@example.com")), "{unfolded}");
        assert!(lines.contains(&"SEQUENCE:3") && lines.contains(&"DTEND:20260302T094500Z"), "{unfolded}");
        assert!(lines.contains(&"DESCRIPTION:One\\nTwo"), "{unfolded}");
        assert!(
            invite.text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')),
            "{}",
            invite.text
        );
    }
}
