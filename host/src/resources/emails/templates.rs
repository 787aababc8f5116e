//! Templates: how a tenant words its messages. `{{ name }}` and `{% if name %}` and no more of the template language, so that
//! whatever is written ends, and soon. Decides what may be written, and fills in.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value, json};

use super::letters::Values;
use super::{Kind, defaults};
use crate::clock::Time;
use crate::error::{Error, Fault, Result};
use crate::fields;
use crate::resources::audit::Audited;

const MAX_SUBJECT: usize = 500;
const MAX_TEXT: usize = 50_000;
const MAX_HTML: usize = 100_000;

/// A subject that is longer helps nobody, and servers refuse lines of more than 998 bytes.
const SHOWN_SUBJECT: usize = 200;

/// A tenant's wording of a kind of message; what is none is the program's own.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Template {
    pub kind: Kind,
    pub is_enabled: Option<i64>,
    pub subject: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    pub updated_at: Time,
    pub version: i64,
}

/// What a template is to be.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub is_enabled: bool,
    pub subject: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    pub reply_to: Option<String>,
}

impl Template {
    /// What a tenant has that never said otherwise.
    pub fn usual(kind: Kind, now: Time) -> Self {
        Self {
            kind,
            is_enabled: None,
            subject: None,
            text: None,
            html: None,
            reply_to: None,
            updated_at: now,
            version: 0,
        }
    }

    /// Whether messages of its kind are written.
    pub fn is_enabled(&self) -> bool {
        self.is_enabled.map_or(self.kind.is_usual(), |is_enabled| is_enabled == 1)
    }

    pub fn is_usual(&self) -> bool {
        let Self { is_enabled, subject, text, html, reply_to, .. } = self;
        is_enabled.is_none() && [subject, text, html, reply_to].into_iter().all(Option::is_none)
    }

    pub fn wording(&self) -> Wording {
        Wording {
            subject: self.subject.clone().unwrap_or_else(|| defaults::subject(self.kind).into()),
            text: self.text.clone().unwrap_or_else(|| defaults::text(self.kind)),
            html: self.html.clone(),
        }
    }

    /// # Errors
    /// `Invalid`, naming every fault.
    pub fn set(&mut self, wanted: Wanted) -> Result<()> {
        let Wanted { is_enabled, subject, text, html, reply_to } = wanted;
        self.is_enabled = Some(i64::from(is_enabled));
        self.set_wording(subject, text, html)?;
        let reply_to = reply_to.filter(|address| !address.trim().is_empty());
        self.reply_to = reply_to.map(|address| fields::email("#/reply_to", &address)).transpose()?;
        Ok(())
    }

    /// # Errors
    /// `Invalid`, naming every fault.
    pub fn set_wording(
        &mut self,
        subject: Option<String>,
        text: Option<String>,
        html: Option<String>,
    ) -> Result<()> {
        self.subject = fields::optional_line("#/subject", subject, MAX_SUBJECT)?;
        self.text = fields::optional_text("#/text", text, MAX_TEXT)?;
        self.html = fields::optional_text("#/html", html, MAX_HTML)?;
        self.wording().check(self.kind)
    }
}

impl Audited for Template {
    fn audited(&self) -> Value {
        json!({
            "kind": self.kind, "is_enabled": self.is_enabled(), "subject": self.subject, "text": self.text,
            "html": self.html, "reply_to": self.reply_to,
        })
    }
}

/// The texts of a message before they are filled in.
#[derive(Clone, Debug)]
pub struct Wording {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// The texts of a message.
#[derive(Clone, Debug)]
pub struct Message {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// Something to try a template of the kind on.
pub fn samples(kind: Kind) -> Values {
    defaults::placeholders(kind).into_iter().map(|(name, sample)| (name.into(), sample.into())).collect()
}

impl Wording {
    fn parts(&self) -> Vec<(&'static str, &str)> {
        let mut parts = vec![("subject", self.subject.as_str()), ("text", &self.text)];
        parts.extend(self.html.as_deref().map(|html| ("html", html)));
        parts
    }

    /// # Errors
    /// `Invalid`: what cannot be read, with its line, and every name that means nothing in such a message.
    pub fn check(&self, kind: Kind) -> Result<()> {
        let known = defaults::placeholders(kind);
        let mut faults = Vec::new();
        for (part, source) in self.parts() {
            let pointer = || format!("#/{part}");
            let names = match read(source) {
                Ok(names) => names,
                Err(detail) => {
                    faults.push(Fault { pointer: pointer(), code: "invalid_template", detail });
                    continue;
                }
            };
            let names = names.into_iter().filter(|name| !known.iter().any(|(known, _)| known == name));
            for name in names {
                let there: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                let detail =
                    format!("{name} is nothing such a message can say; there are {}", there.join(", "));
                faults.push(Fault { pointer: pointer(), code: "unknown_placeholder", detail });
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    /// Fills in; in HTML what is filled in is escaped. A value that is missing says nothing.
    ///
    /// # Errors
    /// `Internal`, for a wording that was never checked.
    pub fn render(&self, values: &Values) -> Result<Message> {
        let subject = render("subject", &self.subject, values)?;
        let subject: Vec<_> = subject.split(|c: char| c.is_whitespace() || c.is_control()).collect();
        let subject: Vec<_> = subject.into_iter().filter(|word| !word.is_empty()).collect();
        Ok(Message {
            subject: subject.join(" ").chars().take(SHOWN_SUBJECT).collect(),
            text: render("text", &self.text, values)?,
            html: self.html.as_deref().map(|html| render("html", html, values)).transpose()?,
        })
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment
        .set_auto_escape_callback(|name| if name == "html" { AutoEscape::Html } else { AutoEscape::None });
    environment
}

fn render(part: &str, source: &str, values: &Values) -> Result<String> {
    let environment = environment();
    let values = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let filled = environment
        .template_from_named_str(part, source)
        .and_then(|template| template.render(minijinja::Value::from_pairs(values)));
    filled.map_err(|error| anyhow::Error::new(error).context("filling in a template").into())
}

/// The names a template uses, or what is wrong with it.
fn read(source: &str) -> Result<Vec<String>, String> {
    refuse_the_rest(source)?;
    let environment = environment();
    let template = environment.template_from_named_str("text", source).map_err(|error| {
        let line = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("{line}{}; {KNOWN}", error.detail().unwrap_or("this cannot be read"))
    })?;
    let mut names: Vec<_> = template.undeclared_variables(false).into_iter().collect();
    names.sort();
    Ok(names)
}

const KNOWN: &str = "a template knows {{ name }}, {% if name %} … {% elif not name %} … {% else %} … {% endif %} and {# remarks #}";

/// How many conditions a template may have: the crate reads each inside the one before.
const MOST_CONDITIONS: usize = 200;

/// `if not a and b` has five.
const MOST_WORDS: usize = 20;

/// Everything between braces is a few plain words: no arithmetic, no loops, no variables of its own.
fn refuse_the_rest(source: &str) -> Result<(), String> {
    let (mut rest, mut conditions) = (source, 0);
    while let Some(at) = rest.find('{') {
        let line = || source[..source.len() - rest.len() + at].matches('\n').count() + 1;
        let opened = &rest[at + 1..];
        let closing = match opened.chars().next() {
            Some('{') => "}}",
            Some('%') => "%}",
            Some('#') => "#}",
            _ => {
                rest = opened;
                continue;
            }
        };
        let inside = &opened[1..];
        let end =
            inside.find(closing).ok_or_else(|| format!("line {}: {closing} is missing; {KNOWN}", line()))?;
        let said = inside[..end].trim_matches(['-', '+']).trim();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c.is_ascii_whitespace();
        let words: Vec<_> = said.split_ascii_whitespace().take(MOST_WORDS + 1).collect();
        let is_plain = said.chars().all(is_plain) && words.len() <= MOST_WORDS;
        let is_known = match (closing, words.first()) {
            ("}}", _) => is_plain,
            ("%}", Some(&("if" | "elif"))) => {
                conditions += 1;
                is_plain
            }
            ("%}", Some(&("else" | "endif"))) => is_plain,
            ("%}", _) => false,
            _ => true,
        };
        if !is_known {
            return Err(format!("line {}: {KNOWN}", line()));
        }
        if conditions > MOST_CONDITIONS {
            return Err(format!("line {}: a template has at most {MOST_CONDITIONS} conditions", line()));
        }
        rest = &inside[end + closing.len()..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Values, Wording, read, samples};
    use crate::error::Error;
    use crate::resources::emails::Kind;

    fn wording(text: &str) -> Wording {
        Wording { subject: "Hello".into(), text: text.into(), html: Some(text.into()) }
    }

    #[test]
    fn a_template_names_what_it_fills_in() {
        let wording = wording(
            "{% if job_title and not tenant_name %}a{% elif job_title %}{{- job_title -}}{% endif %} }} {x",
        );
        wording.check(Kind::ApplicationReceived).expect("it is one");
        let mut values = samples(Kind::ApplicationReceived);
        values.insert("job_title".into(), "R&D <b>".into());

        let message = wording.render(&values).expect("it was checked");

        assert_eq!(message.text, "R&D <b> }} {x");
        assert_eq!(message.html.as_deref(), Some("R&amp;D &lt;b&gt; }} {x"));
    }

    #[test]
    fn a_missing_value_says_nothing() {
        let message =
            wording("a{{ place }}b{% if place %}c{% endif %}").render(&Values::new()).expect("it is one");
        assert_eq!(message.text, "ab");
    }

    #[test]
    fn no_more_of_the_language_is_taken() {
        for bad in [
            "{{ 'a' * 100000000 }}",
            "{{ place|upper }}",
            "{{ place.x }}",
            "{{ place[0] }}",
            "{{ place ~ place }}",
            "{% set x = place %}",
            "{% for x in place %}{% endfor %}",
            "{% raw %}{{ x }}{% endraw %}",
            "{% include 'x' %}",
            "{% macro x() %}{% endmacro %}",
            "{% if place %}",
            "{% endif %}",
            "{{ }}",
            "{{ place place }}",
            "{{ place",
            "{% if place }}",
            "{# remark",
            &format!("{{{{ {} place }}}}", "not ".repeat(10_000)),
            &("{% if place %}".repeat(3_000) + &"{% endif %}".repeat(3_000)),
            &("{% if place %}".to_owned() + &"{% elif place %}".repeat(3_000) + "{% endif %}"),
        ] {
            assert!(read(bad).is_err(), "{bad} is taken");
        }
        // One in the other no deeper than the crate reads them.
        let nested = |depth| "{% if place %}".repeat(depth) + "x" + &"{% endif %}".repeat(depth);
        assert!(read(&nested(200)).is_err());
        let deep = nested(100);
        let message = wording(&deep).render(&samples(Kind::InterviewScheduled)).expect("it is one");
        assert_eq!((read(&deep).expect("it is one").len(), message.text), (1, "x".into()));
        assert_eq!(read("{# remark {{ x * x }} #}{{ place }}").expect("it is one"), ["place"]);
        assert!(read("one\ntwo {{ a.b }}").expect_err("it is none").starts_with("line 2:"));
    }

    #[test]
    fn whatever_means_nothing_is_named_with_what_there_is() {
        let Err(Error::Invalid(faults)) = wording("{{ token }} {{ nme }}").check(Kind::ApplicationReceived)
        else {
            panic!("it is taken")
        };
        let places: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(
            places,
            [
                ("#/text", "unknown_placeholder"),
                ("#/text", "unknown_placeholder"),
                ("#/html", "unknown_placeholder"),
                ("#/html", "unknown_placeholder")
            ]
        );
        assert!(faults[0].detail.starts_with("nme ") && faults[0].detail.contains("job_title"), "{faults:?}");
    }

    #[test]
    fn a_subject_stays_one_line() {
        let wording = Wording { subject: "{{ job_title }}".into(), text: "x".into(), html: None };
        let values =
            Values::from([("job_title".into(), format!("A\r\nBcc: eve@example.com {}", "x".repeat(900)))]);
        let subject = wording.render(&values).expect("it is one").subject;
        assert!(
            subject.starts_with("A Bcc: eve@example.com x") && subject.chars().count() == 200,
            "{subject}"
        );
    }
}
