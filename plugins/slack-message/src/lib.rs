//! Says in a Slack channel what happened: an event becomes the body of an incoming webhook, in mrkdwn.
//! The format is Slack's: api.slack.com/reference/surfaces/formatting and /messaging/webhooks.

mod wording;

use mortise_sdk::{CallContext, Decision, Delivery, Event, PluginError, WebhookTransform};
use serde::Deserialize;
use serde_json::{Value, json};

/// A section holds at most 3,000 characters; what is longer Slack refuses as a whole.
const MOST_CHARACTERS: usize = 2_900;

/// The plugin `mortise/slack-message`.
#[derive(Debug)]
pub struct SlackMessage;

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Config {
    only: Vec<String>,
    names: bool,
    link: Option<String>,
    mention: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { only: Vec::new(), names: true, link: None, mention: None }
    }
}

impl WebhookTransform for SlackMessage {
    fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
        let config: Config = mortise_sdk::config()?;
        if !config.only.is_empty() && !config.only.contains(&event.kind) {
            return Ok(Decision::Drop(format!("{} is not worth a message", event.kind)));
        }
        let document: Value = event.payload.read()?;
        let id = document["subject_id"].as_str().unwrap_or_default();
        let name = config.names.then(|| wording::name(&document["subject"])).flatten();
        let sentence = wording::sentence(&event.kind, &document, name.as_deref());
        let mut text = match &config.mention {
            Some(word) if word == "here" || word == "channel" => format!("<!{word}> {sentence}"),
            Some(group) if group.starts_with('S') => format!("<!subteam^{group}> {sentence}"),
            Some(member) => format!("<@{member}> {sentence}"),
            None => sentence.clone(),
        };
        if let Some(link) = &config.link {
            text += &format!(" <{}|Open>", wording::escaped(&link.replace("{id}", id)));
        }
        let about =
            format!("{} · {} · `{}`", wording::escaped(&event.kind), event.occurred_at, wording::escaped(id));
        let body = json!({
            // What notifications show.
            "text": wording::cut(&sentence, MOST_CHARACTERS),
            "blocks": [
                { "type": "section", "text": { "type": "mrkdwn", "text": wording::cut(&text, MOST_CHARACTERS) } },
                { "type": "context", "elements": [{ "type": "mrkdwn", "text": about }] },
            ],
        });
        Ok(Decision::Deliver(vec![Delivery::json(&body)?]))
    }
}

mortise_sdk::export_webhook_transform!(SlackMessage);

#[cfg(test)]
mod tests;
