//! The words of OpenAI's API, which most others speak too: what a question looks like, and what is believed of an answer.
//! <https://platform.openai.com/docs/api-reference/chat/create> and …/embeddings/create

use std::time::Duration;

use jsonschema::{PatternOptions, Validator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Ask, Completion, Embeddings, Reason, Spent, Unanswered, estimate};

const LONGEST_NAME: usize = 200;
/// Numbers of one vector.
const MOST_DIMENSIONS: usize = 16_384;

/// What an answer has to look like.
pub(super) struct Schema {
    value: Value,
    validator: Validator,
}

impl Schema {
    /// # Errors
    /// `InvalidArgument` when it is no JSON Schema.
    pub(super) fn read(text: &str) -> Result<Self, Unanswered> {
        let invalid = |detail: &str| {
            Unanswered::new(Reason::InvalidArgument, "invalid_schema", format!("json-schema {detail}"))
        };
        let value: Value = serde_json::from_str(text).map_err(|_| invalid("is no JSON"))?;
        // No pattern takes for ever; nothing is fetched from elsewhere.
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex().size_limit(1 << 20));
        let validator = options.build(&value).map_err(|_| invalid("is no JSON Schema"))?;
        Ok(Self { value, validator })
    }

    /// The answer, if it is as it has to be. Endpoints that do not know of schemas like to put a fence around it.
    ///
    /// # Errors
    /// `Unavailable`; says which rule is broken, and nothing of the answer.
    pub(super) fn hold(&self, text: String) -> Result<String, Unanswered> {
        let bare = unfenced(&text);
        let value: Value = serde_json::from_str(bare).map_err(|_| {
            Unanswered::new(
                Reason::Unavailable,
                "answer_not_json",
                "the model's answer is not the JSON it was asked for",
            )
        })?;
        if let Err(error) = self.validator.validate(&value) {
            let detail =
                format!("the model's answer is not as it was asked for: it breaks {}", error.schema_path());
            return Err(Unanswered::new(Reason::Unavailable, "answer_off_schema", detail));
        }
        Ok(bare.to_owned())
    }
}

fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim())
}

pub(super) fn chat(model: &str, ask: &Ask, schema: Option<&Schema>) -> Value {
    let mut messages = Vec::new();
    if let Some(system) = &ask.system {
        messages.push(json!({ "role": "system", "content": system }));
    }
    messages.push(json!({ "role": "user", "content": ask.prompt }));
    let mut question = json!({ "model": model, "messages": messages, "max_tokens": ask.max_tokens });
    if let Some(temperature) = ask.temperature {
        // 0.2 shall not become 0.20000000298.
        question["temperature"] = json!((f64::from(temperature) * 1_000.0).round() / 1_000.0);
    }
    if let Some(schema) = schema {
        question["response_format"] = json!({
            "type": "json_schema",
            "json_schema": { "name": "answer", "strict": true, "schema": schema.value },
        });
    }
    question
}

pub(super) fn embeddings(model: &str, texts: &[String]) -> Value {
    json!({ "model": model, "input": texts, "encoding_format": "float" })
}

/// What an endpoint says against a question.
#[derive(Deserialize)]
struct Complaint {
    error: ComplaintDetail,
}

#[derive(Deserialize)]
struct ComplaintDetail {
    code: Option<String>,
    param: Option<String>,
}

/// Models that reason want `max_completion_tokens`, and choose their temperature themselves. Whether there is another way to
/// put the question.
pub(super) fn reword(question: &mut Value, complaint: &[u8]) -> bool {
    let Ok(Complaint { error }) = serde_json::from_slice(complaint) else { return false };
    let is_unknown = matches!(error.code.as_deref(), Some("unsupported_parameter" | "unsupported_value"));
    let Some(fields) = question.as_object_mut().filter(|_| is_unknown) else { return false };
    match error.param.as_deref() {
        Some("max_tokens") => match fields.remove("max_tokens") {
            Some(most) => fields.insert("max_completion_tokens".into(), most).is_none(),
            None => false,
        },
        Some("temperature") => fields.remove("temperature").is_some(),
        _ => false,
    }
}

/// What a status other than a success means. Of the body no more than a word is said: it may repeat what was asked.
pub(super) fn refused(status: u16, body: &[u8], pause: Option<Duration>) -> Unanswered {
    let complaint: Option<Complaint> = serde_json::from_slice(body).ok();
    let is_word = |code: &String| {
        code.len() <= 64
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let word = complaint.and_then(|complaint| complaint.error.code).filter(is_word);
    let word = word.map(|word| format!(", `{word}`")).unwrap_or_default();
    let (reason, code, what) = match status {
        300..=399 => {
            (Reason::Unavailable, "endpoint_redirects", "the endpoint sends elsewhere, which is not followed")
        }
        401 | 403 => (Reason::Denied, "endpoint_unauthorized", "the endpoint does not take the credential"),
        404 => (Reason::NotFound, "endpoint_not_found", "the endpoint has no such address or model"),
        408 | 504 => (Reason::Timeout, "endpoint_timeout", "the endpoint took too long"),
        429 => (Reason::RateLimited, "endpoint_rate_limited", "the endpoint has been asked too much"),
        400..=499 => (Reason::InvalidArgument, "endpoint_refused", "the endpoint does not take the question"),
        _ => (Reason::Unavailable, "endpoint_failed", "the endpoint failed"),
    };
    let later = pause.map(|pause| format!("; again in {} seconds", pause.as_secs())).unwrap_or_default();
    Unanswered::new(reason, code, format!("{what} (status {status}{word}){later}"))
}

fn malformed() -> Unanswered {
    let detail = "the endpoint's answer is not one of an API like OpenAI's";
    Unanswered::new(Reason::Unavailable, "unexpected_answer", detail).spent(Spent::Unknown)
}

#[derive(Deserialize)]
struct Chat {
    model: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

/// Whatever stands there that is no number of tokens is as good as nothing.
#[derive(Default, Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: Value,
    #[serde(default)]
    completion_tokens: Value,
}

fn count(told: &Value, estimate: u64) -> u32 {
    u32::try_from(told.as_u64().unwrap_or(estimate)).unwrap_or(u32::MAX)
}

/// # Errors
/// `Unavailable` when it is no answer; `Denied` when the model would not.
pub(super) fn read_chat(body: &[u8], ask: &Ask) -> Result<Completion, Unanswered> {
    let Chat { model, choices, usage } = serde_json::from_slice(body).map_err(|_| malformed())?;
    let Choice { message, finish_reason } = choices.into_iter().next().ok_or_else(malformed)?;
    let usage = usage.unwrap_or_default();
    let text = message.content.unwrap_or_default();
    let answer = Completion {
        prompt_tokens: count(&usage.prompt_tokens, ask.estimate()),
        completion_tokens: count(&usage.completion_tokens, estimate(text.len())),
        model: model.unwrap_or_default().chars().take(LONGEST_NAME).collect(),
        truncated: finish_reason.as_deref() == Some("length"),
        text,
    };
    let spent = Spent::Tokens(answer.tokens());
    if message.refusal.is_some_and(|refusal| !refusal.is_empty())
        || finish_reason.as_deref() == Some("content_filter")
    {
        let why = Unanswered::new(Reason::Denied, "model_refused", "the model would not answer");
        return Err(why.spent(spent));
    }
    if answer.text.trim().is_empty() && !answer.truncated {
        let why = Unanswered::new(Reason::Unavailable, "answer_empty", "the model answered nothing");
        return Err(why.spent(spent));
    }
    Ok(answer)
}

#[derive(Deserialize)]
struct Vectors {
    data: Vec<Vector>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Vector {
    index: usize,
    embedding: Vec<f32>,
}

/// # Errors
/// `Unavailable` unless there is one vector a text, all of one length, of numbers.
pub(super) fn read_embeddings(body: &[u8], texts: usize, estimate: u64) -> Result<Embeddings, Unanswered> {
    let Vectors { mut data, usage } = serde_json::from_slice(body).map_err(|_| malformed())?;
    data.sort_by_key(|vector| vector.index);
    let is_whole =
        data.len() == texts && data.iter().enumerate().all(|(index, vector)| vector.index == index);
    let length = data.first().map_or(0, |vector| vector.embedding.len());
    let is_sound = |vector: &Vector| {
        vector.embedding.len() == length && vector.embedding.iter().all(|number| number.is_finite())
    };
    if !is_whole || !(1..=MOST_DIMENSIONS).contains(&length) || !data.iter().all(is_sound) {
        return Err(malformed());
    }
    let tokens = count(&usage.unwrap_or_default().prompt_tokens, estimate);
    Ok(Embeddings { vectors: data.into_iter().map(|vector| vector.embedding).collect(), tokens })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Schema, chat, read_chat, read_embeddings, refused, reword};
    use crate::inference::{Ask, Reason, Spent};

    fn ask() -> Ask {
        Ask { prompt: "text".into(), max_tokens: 50, temperature: Some(0.2), ..Ask::default() }
    }

    fn answer(choice: Value) -> Vec<u8> {
        json!({ "model": "m", "choices": [choice], "usage": { "prompt_tokens": 7, "completion_tokens": 5 } })
            .to_string()
            .into()
    }

    #[test]
    fn questions_are_put_otherwise_where_a_model_wants_that() {
        let mut question = chat("m", &ask(), None);
        assert_eq!(question["temperature"], json!(0.2));
        let complaint =
            |param: &str| json!({ "error": { "code": "unsupported_parameter", "param": param } }).to_string();
        assert!(reword(&mut question, complaint("max_tokens").as_bytes()));
        assert!(!reword(&mut question, complaint("max_tokens").as_bytes()), "once");
        assert!(reword(&mut question, complaint("temperature").as_bytes()));
        assert!(!reword(&mut question, complaint("messages").as_bytes()));
        assert!(!reword(&mut question, b"no JSON"));
        assert_eq!(question["max_completion_tokens"], 50);
        assert!(question.get("max_tokens").is_none() && question.get("temperature").is_none());
    }

    #[test]
    fn an_answer_is_believed_as_far_as_it_is_one() {
        let whole =
            read_chat(&answer(json!({ "message": { "content": "yes" }, "finish_reason": "stop" })), &ask());
        let whole = whole.expect("it is one");
        assert_eq!((whole.text.as_str(), whole.tokens(), whole.truncated), ("yes", 12, false));
        let cut =
            read_chat(&answer(json!({ "message": { "content": "ye" }, "finish_reason": "length" })), &ask());
        assert!(cut.expect("it is one").truncated);
        let refusal = json!({ "message": { "content": null, "refusal": "no" }, "finish_reason": "stop" });
        let refused = read_chat(&answer(refusal), &ask()).expect_err("it refused");
        assert_eq!((refused.reason, refused.spent), (Reason::Denied, Spent::Tokens(12)));
        for odd in
            ["", "[]", "null", "{}", r#"{"choices": []}"#, r#"{"choices": [{}]}"#, r#"{"choices": {"a": 1}}"#]
        {
            let why = read_chat(odd.as_bytes(), &ask()).expect_err(odd);
            assert_eq!((why.code, why.spent), ("unexpected_answer", Spent::Unknown), "{odd}");
        }
        let lies = br#"{"choices":[{"message":{"content":"yes"}}],"usage":{"prompt_tokens":-1,"completion_tokens":1e99}}"#;
        let believed = read_chat(lies, &ask()).expect("it is one");
        assert_eq!(u64::from(believed.prompt_tokens), ask().estimate());
    }

    #[test]
    fn an_answer_has_to_satisfy_its_schema_and_may_stand_in_a_fence() {
        let schema =
            json!({ "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } });
        let schema = Schema::read(&schema.to_string()).expect("it is one");
        let text = r#"{"name":"Ada"}"#;
        assert_eq!(schema.hold(text.into()).expect("it fits"), text);
        assert_eq!(schema.hold(format!("```json\n{text}\n```\n")).expect("it fits"), text);
        assert_eq!(schema.hold("Ada".into()).expect_err("it is no JSON").code, "answer_not_json");
        let off = schema.hold(r#"{"name":4711}"#.into()).expect_err("it does not fit");
        assert_eq!(off.code, "answer_off_schema");
        assert!(!off.detail.contains("4711"), "{}", off.detail);
        assert_eq!(Schema::read("{").err().map(|why| why.code), Some("invalid_schema"));
        assert_eq!(Schema::read(r#"{"type":"strong"}"#).err().map(|why| why.code), Some("invalid_schema"));
        let elsewhere = r#"{"$ref":"https://elsewhere.example/schema"}"#;
        assert_eq!(Schema::read(elsewhere).err().map(|why| why.code), Some("invalid_schema"));
    }

    #[test]
    fn what_an_endpoint_says_against_a_question_is_not_repeated_but_for_its_word() {
        let body = json!({ "error": { "message": "Ada Lovelace is no", "code": "context_length_exceeded" } });
        let why = refused(400, body.to_string().as_bytes(), None);
        assert_eq!(
            why.detail,
            "the endpoint does not take the question (status 400, `context_length_exceeded`)"
        );
        let why =
            refused(429, br#"{"error":{"code":"Ada Lovelace"}}"#, Some(std::time::Duration::from_secs(9)));
        assert_eq!(why.detail, "the endpoint has been asked too much (status 429); again in 9 seconds");
    }

    #[test]
    fn vectors_come_one_a_text_and_in_order() {
        let two = json!({ "data": [{ "index": 1, "embedding": [3, 4] }, { "index": 0, "embedding": [1, 2.5] }],
            "usage": { "prompt_tokens": 4, "total_tokens": 4 } });
        let read = read_embeddings(two.to_string().as_bytes(), 2, 9).expect("they are two");
        assert_eq!((read.vectors, read.tokens), (vec![vec![1.0, 2.5], vec![3.0, 4.0]], 4));
        for odd in [
            json!({ "data": [{ "index": 0, "embedding": [1] }] }),
            json!({ "data": [{ "index": 0, "embedding": [1] }, { "index": 0, "embedding": [1] }] }),
            json!({ "data": [{ "index": 0, "embedding": [1] }, { "index": 1, "embedding": [1, 2] }] }),
            json!({ "data": [{ "index": 0, "embedding": [] }, { "index": 1, "embedding": [] }] }),
            json!({ "data": [{ "index": 0, "embedding": [1e39] }, { "index": 1, "embedding": [1] }] }),
        ] {
            assert!(read_embeddings(odd.to_string().as_bytes(), 2, 9).is_err(), "{odd}");
        }
    }
}
