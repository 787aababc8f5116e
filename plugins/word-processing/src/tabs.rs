//! Where the text after a tab stands.

use mortise_sdk::flow::Run;

/// Word's default distance between stops.
const DEFAULT: f32 = 36.0;

/// A place that tabs lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// In points from the left margin.
    pub at: f32,
    /// Which part of the text stands there.
    pub kind: StopKind,
}

/// Which part of the text after a tab stands at its stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopKind {
    /// Its left edge.
    Left,
    /// Its middle.
    Center,
    /// Its right edge.
    Right,
    /// Takes an inherited stop away.
    Cleared,
}

/// Splits runs at their tabs and says where each part starts. `first` and `left` are where the first and the
/// other lines begin; a hanging indent is a stop, too.
pub(crate) fn place(runs: Vec<Run>, first: f32, left: f32, stops: &[Stop]) -> Vec<Run> {
    if !runs.iter().any(|run| run.text.contains('\t')) {
        return runs;
    }
    let mut parts: Vec<Run> = Vec::new();
    let mut after_tab = Vec::new();
    for run in &runs {
        for (index, text) in run.text.split('\t').enumerate() {
            after_tab.push(index > 0);
            parts.push(Run { text: text.to_owned(), ..run.clone() });
        }
    }
    let mut x = first;
    for index in 0..parts.len() {
        if after_tab[index] {
            let end = (index + 1..parts.len()).find(|next| after_tab[*next]).unwrap_or(parts.len());
            let width = line_width(&parts[index..end]);
            x = next(x, width, left, stops);
            parts[index].at = Some(x);
        }
        let part = &parts[index];
        match part.text.rsplit_once('\n') {
            Some((_, last)) => x = left + part.style.advance(last),
            None => x += part.style.advance(&part.text),
        }
    }
    parts
}

/// How wide the runs are, up to the end of the line.
fn line_width(runs: &[Run]) -> f32 {
    let mut width = 0.0;
    for run in runs {
        let (line, ended) =
            run.text.split_once('\n').map_or((run.text.as_str(), false), |(line, _)| (line, true));
        width += run.style.advance(line);
        if ended {
            break;
        }
    }
    width
}

fn next(x: f32, width: f32, left: f32, stops: &[Stop]) -> f32 {
    let beyond = |at: f32| at > x + 0.5;
    let custom = stops.iter().filter(|stop| stop.kind != StopKind::Cleared && beyond(stop.at));
    let hanging = Stop { at: left, kind: StopKind::Left };
    let stop =
        custom.chain(beyond(left).then_some(&hanging)).min_by(|one, other| one.at.total_cmp(&other.at));
    match stop {
        Some(Stop { at, kind: StopKind::Right }) => (at - width).max(x + 3.0),
        Some(Stop { at, kind: StopKind::Center }) => (at - width / 2.0).max(x + 3.0),
        Some(Stop { at, .. }) => *at,
        None => ((x + 1.0) / DEFAULT).floor() * DEFAULT + DEFAULT,
    }
}
