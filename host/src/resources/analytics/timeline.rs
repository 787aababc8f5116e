//! An application's history: reads the steps a timeline is kept as, and plays them up to an instant. What was voided by
//! then has not happened; what came later not yet.

use crate::error::{Error, Result};
pub use crate::resources::jobs::stages::Kind as StageKind;

/// In the order of any pipeline.
pub const STAGE_KINDS: [StageKind; 5] =
    [StageKind::Applied, StageKind::Screening, StageKind::Interview, StageKind::Offer, StageKind::Hired];

/// A stage as it was when an application was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    pub kind: StageKind,
    /// Its place in the job's pipeline.
    pub rank: u32,
    /// Which stage of the job; only where one job is looked at.
    pub number: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Applied, moved or reopened: it is in the stage from then on.
    Entered,
    Reopened,
    Hired,
    Rejected,
    Withdrawn,
    Transferred,
}

/// Something that happened to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    how: How,
    stage: Stage,
    is_first: bool,
    by_person: bool,
    at: i64,
    voided_at: Option<i64>,
}

/// What became of the application's offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfferStep {
    Made,
    Sent,
    Ended(OfferEnd),
}

/// How a version of an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    Accepted,
    Declined,
    Rescinded,
    /// Nobody answered in time.
    Expired,
}

/// A timeline as it is kept.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    steps: Vec<Step>,
    offers: Vec<(OfferStep, i64)>,
}

impl Timeline {
    /// Reads another timeline into the same memory.
    ///
    /// # Errors
    /// `Internal` when it is not what the database's triggers write.
    pub fn read(&mut self, text: &str) -> Result<()> {
        self.steps.clear();
        self.offers.clear();
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let words = rest;
            rest = self.read_word(words).ok_or_else(|| {
                let word = words.split(|byte| *byte == b' ').next().unwrap_or_default();
                Error::internal(format!("a timeline holds {:?}", String::from_utf8_lossy(word)))
            })?;
        }
        Ok(())
    }

    /// Says which stage of its job each step is about, in the steps' order.
    pub fn number_stages(&mut self, numbers: impl Iterator<Item = Option<u32>>) {
        for (step, number) in self.steps.iter_mut().zip(numbers) {
            step.stage.number = number;
        }
    }

    /// Reads the first of these words, and answers those behind it. In one pass: figures over a million applications read several
    /// million.
    fn read_word<'t>(&mut self, words: &'t [u8]) -> Option<&'t [u8]> {
        let (letter, rest) = words.split_first()?;
        if let Some(times) = rest.strip_prefix(b":") {
            let step = match letter {
                b'd' => OfferStep::Made,
                b'e' => OfferStep::Sent,
                b'y' => OfferStep::Ended(OfferEnd::Accepted),
                b'n' => OfferStep::Ended(OfferEnd::Declined),
                b'r' => OfferStep::Ended(OfferEnd::Rescinded),
                b'x' => OfferStep::Ended(OfferEnd::Expired),
                _ => return None,
            };
            let (at, rest) = number(times)?;
            self.offers.push((step, at));
            return end(rest);
        }
        let how = match letter {
            b'a' | b'm' => How::Entered,
            b'o' => How::Reopened,
            b'h' => How::Hired,
            b'r' => How::Rejected,
            b'w' => How::Withdrawn,
            b't' => How::Transferred,
            _ => return None,
        };
        let (kind, rest) = rest.split_first()?;
        let (rank, rest) = number(rest)?;
        let stage = Stage { kind: stage_kind(*kind)?, rank: u32::try_from(rank).ok()?, number: None };
        let (by_person, rest) = rest.strip_prefix(b"!").map_or((false, rest), |rest| (true, rest));
        let (at, rest) = number(rest.strip_prefix(b":")?)?;
        let (voided_at, rest) = match rest.strip_prefix(b"~") {
            Some(rest) => number(rest).map(|(at, rest)| (Some(at), rest))?,
            None => (None, rest),
        };
        self.steps.push(Step { how, stage, is_first: *letter == b'a', by_person, at, voided_at });
        end(rest)
    }
}

/// What stands behind the end of a word.
fn end(rest: &[u8]) -> Option<&[u8]> {
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b" ") }
}

const fn stage_kind(letter: u8) -> Option<StageKind> {
    Some(match letter {
        b'a' => StageKind::Applied,
        b's' => StageKind::Screening,
        b'i' => StageKind::Interview,
        b'o' => StageKind::Offer,
        b'h' => StageKind::Hired,
        _ => return None,
    })
}

/// A whole number of at most 18 digits, and what stands behind it.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let (is_negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    let (mut value, mut rest) = (0_i64, digits);
    while let Some((digit, behind)) = rest.split_first().filter(|(digit, _)| digit.is_ascii_digit()) {
        // Beyond 18 digits it may not be what they say, and is refused.
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
        rest = behind;
    }
    let is_number = (1..=18).contains(&(digits.len() - rest.len()));
    is_number.then_some((if is_negative { -value } else { value }, rest))
}

/// Where an application stood at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Active,
    Hired,
    Rejected,
    Withdrawn,
    Transferred,
}

/// How a visit to a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// To a stage further on.
    Advanced,
    /// To a stage before.
    MovedBack,
    Rejected,
    Withdrawn,
    Transferred,
}

impl Exit {
    pub fn is_move(self) -> bool {
        matches!(self, Exit::Advanced | Exit::MovedBack)
    }
}

/// A stay in one stage, from entering it to whatever left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub stage: Stage,
    pub entered_at: i64,
    pub left: Option<(i64, Exit)>,
}

/// What had happened to an application by an instant.
#[derive(Clone, Debug)]
pub struct History {
    /// When it came in.
    pub started_at: i64,
    /// When it was last taken up again.
    pub reopened_at: Option<i64>,
    pub visits: Vec<Visit>,
    pub outcome: Outcome,
    /// When the hire that stands was made.
    pub hired_at: Option<i64>,
    /// When a hire was made that was undone, the last of them.
    pub undone_hire_at: Option<i64>,
    /// When a person first did something to it.
    pub touched_at: Option<i64>,
    /// Whether an offer was ever sent.
    pub was_offered: bool,
    /// The last version of the offer.
    pub offer: Option<OfferVersion>,
}

/// A version of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferVersion {
    /// How many versions there were before.
    pub superseded: u64,
    pub made_at: i64,
    pub sent_at: Option<i64>,
    pub ended: Option<(OfferEnd, i64)>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            started_at: 0,
            reopened_at: None,
            visits: Vec::new(),
            outcome: Outcome::Active,
            hired_at: None,
            undone_hire_at: None,
            touched_at: None,
            was_offered: false,
            offer: None,
        }
    }
}

impl History {
    /// Plays a timeline up to an instant, in the same memory; false when nothing had happened by then.
    pub fn play(&mut self, timeline: &Timeline, as_of: i64) -> bool {
        let visits = std::mem::take(&mut self.visits);
        *self = Self { visits, ..Self::default() };
        self.visits.clear();
        for step in timeline.steps.iter().filter(|step| step.at <= as_of) {
            if step.voided_at.is_some_and(|voided_at| voided_at <= as_of) {
                if step.stage.kind == StageKind::Hired {
                    self.undone_hire_at = Some(step.at);
                }
                continue;
            }
            self.take(step);
        }
        for (step, at) in timeline.offers.iter().filter(|(_, at)| *at <= as_of) {
            self.take_offer(*step, *at);
        }
        !self.visits.is_empty()
    }

    /// Concluded: hired, rejected or withdrawn. One that was transferred goes on elsewhere, and is neither.
    pub fn is_concluded(&self) -> bool {
        matches!(self.outcome, Outcome::Hired | Outcome::Rejected | Outcome::Withdrawn)
    }

    fn take(&mut self, step: &Step) {
        if self.visits.is_empty() {
            self.started_at = step.at;
        }
        if step.by_person && !step.is_first {
            self.touched_at.get_or_insert(step.at);
        }
        let ended = match step.how {
            How::Entered | How::Hired | How::Reopened => {
                if step.how == How::Reopened {
                    self.reopened_at = Some(step.at);
                }
                self.enter(step.stage, step.at);
                return;
            }
            How::Rejected => (Outcome::Rejected, Exit::Rejected),
            How::Withdrawn => (Outcome::Withdrawn, Exit::Withdrawn),
            How::Transferred => (Outcome::Transferred, Exit::Transferred),
        };
        // A history that begins with its end, as an import's may, was there for that moment.
        if self.visits.is_empty() {
            self.visits.push(Visit { stage: step.stage, entered_at: step.at, left: None });
        }
        self.leave(step.at, ended.1);
        self.undo_hire();
        self.outcome = ended.0;
    }

    fn enter(&mut self, stage: Stage, at: i64) {
        let open = self.visits.last().filter(|visit| visit.left.is_none()).map(|visit| visit.stage);
        if open != Some(stage) {
            if let Some(open) = open {
                let is_further = (stage.rank, stage.kind) > (open.rank, open.kind);
                self.leave(at, if is_further { Exit::Advanced } else { Exit::MovedBack });
            }
            self.visits.push(Visit { stage, entered_at: at, left: None });
        }
        if stage.kind == StageKind::Hired {
            self.hired_at.get_or_insert(at);
            self.outcome = Outcome::Hired;
        } else {
            self.undo_hire();
            self.outcome = Outcome::Active;
        }
    }

    fn leave(&mut self, at: i64, exit: Exit) {
        if let Some(visit) = self.visits.last_mut().filter(|visit| visit.left.is_none()) {
            visit.left = Some((at, exit));
        }
    }

    fn undo_hire(&mut self) {
        self.undone_hire_at = self.hired_at.take().or(self.undone_hire_at);
    }

    fn take_offer(&mut self, step: OfferStep, at: i64) {
        match (step, &mut self.offer) {
            (OfferStep::Made, offer) => {
                let superseded = offer.map_or(0, |before| before.superseded + 1);
                *offer = Some(OfferVersion { superseded, made_at: at, sent_at: None, ended: None });
            }
            (OfferStep::Sent, Some(offer)) => {
                offer.sent_at = Some(at);
                self.was_offered = true;
            }
            (OfferStep::Ended(end), Some(offer)) => offer.ended = Some((end, at)),
            (_, None) => {}
        }
    }

    /// When the last version of the offer was accepted.
    pub fn accepted_at(&self) -> Option<i64> {
        let (end, at) = self.offer?.ended?;
        (end == OfferEnd::Accepted).then_some(at)
    }

    /// When the last version of the offer was accepted or declined.
    pub fn answered_at(&self) -> Option<i64> {
        let (end, at) = self.offer?.ended?;
        matches!(end, OfferEnd::Accepted | OfferEnd::Declined).then_some(at)
    }

    /// When the hire that stands came about, and by what: the accepted offer when `by_offer`, else the move itself.
    pub fn hire(&self, by_offer: bool) -> Option<(i64, HireEnd)> {
        let hired_at = self.hired_at?;
        match self.accepted_at().filter(|_| by_offer) {
            Some(at) => Some((at, HireEnd::OfferAccepted)),
            None => Some((hired_at, HireEnd::Hired)),
        }
    }
}

/// What a hire is dated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HireEnd {
    OfferAccepted,
    Hired,
}

#[cfg(test)]
mod tests {
    use super::Timeline;

    #[test]
    fn a_timeline_is_read_word_by_word_and_nothing_else() {
        let mut timeline = Timeline::default();
        let text = "aa0:-5 ms1!:999999999999999999~7 ri12:3 d:4 r:5";
        timeline.read(text).expect("it is a timeline");
        assert_eq!((timeline.steps.len(), timeline.offers.len()), (3, 2));
        assert_eq!((timeline.steps[0].at, timeline.steps[0].is_first), (-5, true));
        let moved = timeline.steps[1];
        assert_eq!((moved.at, moved.voided_at, moved.by_person), (999_999_999_999_999_999, Some(7), true));
        assert_eq!((timeline.steps[2].stage.rank, timeline.offers[1].1), (12, 5));
        timeline.read("").expect("nothing has happened");
        assert!(timeline.steps.is_empty() && timeline.offers.is_empty());

        for broken in [
            "q",
            "aa0",
            "aa0:",
            "aa0:x",
            "aa0:-",
            "aa:1",
            "a0:1",
            "az0:1",
            "aa0?:1",
            "aa0:1~",
            "aa0:1x",
            "aa-1:1",
            "aa0:1234567890123456789",
            "aa0:1 ms",
            "d",
            "d:",
            "d:1~2",
            "z:1",
            "aé0:1",
        ] {
            let fault = timeline.read(broken).expect_err(broken);
            assert!(format!("{fault:?}").contains("a timeline holds"), "{broken}: {fault:?}");
        }
    }
}
