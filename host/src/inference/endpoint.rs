//! One endpoint: sends questions through the server's one way out, waits where it is told to come again, and lets nothing of its
//! credential back in.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::openai::{self, Schema};
use super::{Ask, Completion, Embeddings, Reason, Spent, Unanswered, estimate};
use crate::outbound::{Exchange, Exchanged, Failed, Outbound};

const MOST_COMPLETION_BYTES: usize = 1 << 20;
const MOST_EMBEDDING_BYTES: usize = 8 << 20;
/// After the first time, when it is too busy or wants a question worded otherwise.
const MOST_AGAIN: u32 = 3;
/// Where it is too busy and does not say for how long.
const PAUSE: Duration = Duration::from_secs(1);

/// What stands in the place of the credential wherever it would be seen.
const REDACTED: &str = "[secret]";

#[derive(Clone)]
pub struct Endpoint {
    outbound: Outbound,
    /// Without a slash at its end.
    base: String,
    key: Option<String>,
}

/// Never says where it is, nor its credential.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").finish_non_exhaustive()
    }
}

impl Endpoint {
    /// `base`: as in `https://api.openai.com/v1`.
    pub fn new(outbound: Outbound, base: &str, key: Option<String>) -> Self {
        let key = key.filter(|key| !key.is_empty());
        Self { outbound, base: base.trim_end_matches('/').into(), key }
    }

    /// Has a model answer.
    ///
    /// # Errors
    /// [`Unanswered`]: whatever the endpoint does wrong is one of these.
    pub async fn complete(
        &self,
        model: &str,
        ask: &Ask,
        deadline: Instant,
    ) -> Result<Completion, Unanswered> {
        let schema = ask.json_schema.as_deref().map(Schema::read).transpose()?;
        let question = openai::chat(model, ask, schema.as_ref());
        let body = self.ask("/chat/completions", question, deadline, MOST_COMPLETION_BYTES).await?;
        let mut answer = openai::read_chat(&body, ask)?;
        answer.text = self.redacted(answer.text);
        answer.model = self.redacted(answer.model);
        if let Some(schema) = schema
            && !answer.truncated
        {
            let spent = Spent::Tokens(answer.tokens());
            answer.text = schema.hold(answer.text).map_err(|why| why.spent(spent))?;
        }
        Ok(answer)
    }

    /// Has a model make vectors.
    ///
    /// # Errors
    /// As [`Endpoint::complete`].
    pub async fn embed(
        &self,
        model: &str,
        texts: &[String],
        deadline: Instant,
    ) -> Result<Embeddings, Unanswered> {
        let question = openai::embeddings(model, texts);
        let body = self.ask("/embeddings", question, deadline, MOST_EMBEDDING_BYTES).await?;
        let bytes = texts.iter().map(String::len).sum();
        openai::read_embeddings(&body, texts.len(), estimate(bytes))
    }

    /// The body of an answer that is one. Comes again as the endpoint says, as long as there is time for it.
    async fn ask(
        &self,
        path: &str,
        mut question: Value,
        deadline: Instant,
        most_bytes: usize,
    ) -> Result<Vec<u8>, Unanswered> {
        let mut again = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let answer = self.post(path, &question, left, most_bytes).await?;
            if (200..300).contains(&answer.status) {
                return Ok(answer.body);
            }
            again += 1;
            let pause = pause(&answer);
            if again <= MOST_AGAIN && answer.status == 400 && openai::reword(&mut question, &answer.body) {
                continue;
            }
            match pause.filter(|pause| again <= MOST_AGAIN && *pause <= left / 2) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(openai::refused(answer.status, &answer.body, pause)),
            }
        }
    }

    async fn post(
        &self,
        path: &str,
        question: &Value,
        left: Duration,
        most_bytes: usize,
    ) -> Result<Exchanged, Unanswered> {
        if left.is_zero() {
            return Err(Unanswered::new(Reason::Timeout, "endpoint_timeout", "there is no time left to ask"));
        }
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if let Some(key) = &self.key {
            headers.push(("authorization".into(), format!("Bearer {key}")));
        }
        let exchange = Exchange {
            method: "POST".into(),
            address: format!("{}{path}", self.base),
            headers,
            body: question.to_string().into_bytes(),
            deadline: left,
            most_bytes,
        };
        self.outbound.exchange(exchange).await.map_err(unsent)
    }

    fn redacted(&self, text: String) -> String {
        match &self.key {
            Some(key) if text.contains(key.as_str()) => text.replace(key.as_str(), REDACTED),
            _ => text,
        }
    }
}

fn unsent(failed: Failed) -> Unanswered {
    match failed.code {
        "timeout" => {
            let detail = "the endpoint did not answer in the time there was";
            Unanswered::new(Reason::Timeout, "endpoint_timeout", detail).spent(Spent::Unknown)
        }
        "too_large" => {
            let detail = "the endpoint answered more than is read";
            Unanswered::new(Reason::TooLarge, "answer_too_large", detail).spent(Spent::Unknown)
        }
        "broken_off" => {
            let detail = "the connection to the endpoint ended before there was a whole answer";
            Unanswered::new(Reason::Unavailable, "endpoint_broke_off", detail).spent(Spent::Unknown)
        }
        "https_only" | "address_blocked" | "port_blocked" | "bad_url" => {
            let detail = format!("the endpoint may not be asked: {}", failed.detail);
            Unanswered::new(Reason::Denied, "endpoint_blocked", detail)
        }
        _ => Unanswered::new(Reason::Unavailable, "endpoint_unreachable", "the endpoint cannot be reached"),
    }
}

/// How long it wants to be left alone, if it will answer then.
fn pause(answer: &Exchanged) -> Option<Duration> {
    let named = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
    let named = named.and_then(|(_, value)| value.trim().parse().ok()).map(Duration::from_secs);
    match answer.status {
        429 => Some(named.unwrap_or(PAUSE)),
        503 => named,
        _ => None,
    }
}
