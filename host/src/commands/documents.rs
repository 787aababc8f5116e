//! `mortise openapi`.

use std::io::Write;

use crate::router;

pub(super) fn openapi() -> anyhow::Result<()> {
    let document = router::document().to_pretty_json()?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
