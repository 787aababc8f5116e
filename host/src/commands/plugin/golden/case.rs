//! One case: a folder `tests/NAME` with `input.*`, `expected.json`, and `config.json` and `mocks.json` where they are needed.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::mocks::Mocks;

const FOLDER: &str = "tests";
const EXPECTED: &str = "expected.json";

pub(super) struct Case {
    pub(super) input: PathBuf,
    pub(super) settings: Map<String, Value>,
    pub(super) mocks: Mocks,
    pub(super) expected: Option<Value>,
}

/// The folders of the cases, in order; of one name alone when that is given.
pub(super) fn find(folder: &Path, name: Option<&str>) -> anyhow::Result<Vec<PathBuf>> {
    let tests = folder.join(FOLDER);
    let entries =
        std::fs::read_dir(&tests).with_context(|| format!("reading the folder {}", tests.display()))?;
    let mut cases = Vec::new();
    for entry in entries {
        let case = entry.with_context(|| format!("reading the folder {}", tests.display()))?.path();
        // A language's own tests may lie beside ours.
        let is_wanted = name.is_none_or(|name| case.file_name().is_some_and(|own| own == name));
        if case.is_dir() && is_wanted && !inputs(&case)?.is_empty() {
            cases.push(case);
        }
    }
    cases.sort();
    match (cases.is_empty(), name) {
        (false, _) => Ok(cases),
        (true, Some(name)) => {
            anyhow::bail!("there is no case {}", tests.join(name).join("input.*").display())
        }
        (true, None) => anyhow::bail!("there is no case: {}", tests.join("*").join("input.*").display()),
    }
}

fn inputs(case: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(case).with_context(|| format!("reading the folder {}", case.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let file = entry.with_context(|| format!("reading the folder {}", case.display()))?.path();
        if file.is_file() && file.file_stem().is_some_and(|stem| stem == "input") {
            found.push(file);
        }
    }
    Ok(found)
}

impl Case {
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let inputs = inputs(folder)?;
        let [input] = &inputs[..] else {
            anyhow::bail!("there is more than one input.* in {}", folder.display());
        };
        Ok(Self {
            input: input.clone(),
            settings: json(&folder.join("config.json"))?.unwrap_or_default(),
            mocks: json(&folder.join("mocks.json"))?.unwrap_or_default(),
            expected: json(&folder.join(EXPECTED))?,
        })
    }
}

/// What a file holds, if it is there.
fn json<T: DeserializeOwned>(file: &Path) -> anyhow::Result<Option<T>> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("reading {}", file.display())),
    };
    let deserializer = &mut serde_json::Deserializer::from_slice(&text);
    let value = serde_path_to_error::deserialize(deserializer)
        .with_context(|| format!("{} is not as it should be", file.display()))?;
    Ok(Some(value))
}

pub(super) fn write_expected(folder: &Path, answer: &Value) -> anyhow::Result<()> {
    let file = folder.join(EXPECTED);
    std::fs::write(&file, format!("{answer:#}\n")).with_context(|| format!("writing {}", file.display()))
}
