//! What a scoring rule is given and what it answers, as the host keeps it. Plain data; its JSON is canonical, as fields stand
//! in one order and the keys of maps are sorted, so that equal inputs have equal bytes and hashes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::sha256_hex;
use crate::unified_resume::UnifiedResume;

/// A plugin's settings.
pub type Settings = Map<String, Value>;

/// What a scoring rule is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoringInput {
    pub candidate: ScoredCandidate,
    pub job: ScoredJob,
    pub answers: Vec<Answer>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoredCandidate {
    /// Opaque; the same for the same person and plugin.
    pub id: String,
    pub resume: UnifiedResume,
    pub years_of_experience: Option<f32>,
    pub experience_level: Option<String>,
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoredJob {
    pub id: String,
    pub title: String,
    pub description: Option<String>,
    pub skills: Vec<WeightedSkill>,
    pub experience_level: Option<String>,
    pub min_years: Option<f32>,
    pub location: Option<String>,
    pub remote: Option<String>,
    pub employment_type: Option<String>,
    pub custom_fields: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightedSkill {
    pub name: String,
    /// 0 to 1.
    pub weight: f32,
    pub required: bool,
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    pub question_id: String,
    pub question: String,
    pub value: Value,
}

impl ScoringInput {
    /// The canonical JSON.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("the input is plain data")
    }

    /// SHA-256 over the canonical JSON, lower-case hexadecimal.
    pub fn hash(&self) -> String {
        sha256_hex(&self.bytes())
    }
}

/// 0 to 100, and the contributions that sum to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Score {
    pub value: f64,
    pub contributions: Vec<Contribution>,
    pub label: Option<String>,
    pub extra: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    pub code: String,
    pub value: f64,
    pub message: String,
    /// JSON Pointers into the candidate's résumé.
    pub evidence: Vec<String>,
}

impl Score {
    /// SHA-256 over the canonical JSON: two answers that are the same byte for byte have the same.
    pub fn hash(&self) -> String {
        sha256_hex(&serde_json::to_vec(self).expect("an accepted score is plain data"))
    }
}

/// SHA-256 over the canonical JSON of a plugin's settings.
pub fn settings_hash(settings: &Settings) -> String {
    sha256_hex(&serde_json::to_vec(settings).expect("JSON values are JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ScoringInput, Settings, settings_hash};

    fn settings(value: serde_json::Value) -> Settings {
        value.as_object().expect("it is an object").clone()
    }

    #[test]
    fn equal_inputs_have_equal_hashes_however_they_came_about() {
        let one = settings(json!({ "a": 1, "b": { "c": 2, "d": 3 } }));
        let other = settings(serde_json::from_str(r#"{"b":{"d":3,"c":2},"a":1}"#).expect("it is JSON"));
        assert_eq!(settings_hash(&one), settings_hash(&other));
        assert_ne!(settings_hash(&one), settings_hash(&Settings::new()));

        let (mut first, mut second) = (ScoringInput::default(), ScoringInput::default());
        first.candidate.custom_fields = one;
        second.candidate.custom_fields = other;
        assert_eq!(first.hash(), second.hash());
        second.candidate.tags.push("x".into());
        assert_ne!(first.hash(), second.hash());
    }
}
