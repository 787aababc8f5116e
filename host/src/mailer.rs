//! The only way out for e-mail: the operator's own SMTP server, over TLS unless the operator says otherwise. One deadline
//! over connection, sign-in and message; a few connections at once. What a server says about a person is not passed on.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters, TlsParametersBuilder};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};
use tokio::sync::Semaphore;
use url::Url;

use crate::config::Config;

/// Servers close connections of whoever opens many at once.
const CONNECTIONS: usize = 8;

const SUBMISSION: u16 = 587;
const SUBMISSION_OVER_TLS: u16 = 465;

/// Answers to a sign-in that failed: the operator's to mend, not the message's fault.
const SIGN_IN: [u16; 4] = [530, 534, 535, 538];

/// Why a message was not taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// `refused`, `busy`, `unreachable`, `timeout`, `tls`, `sign_in`, `not_possible` or `bad_recipient`.
    pub code: &'static str,
    /// What the server answered, 400 to 599.
    pub status: Option<u16>,
    /// Whether another attempt cannot do better.
    pub is_final: bool,
}

impl Failed {
    const fn again(code: &'static str) -> Self {
        Self { code, status: None, is_final: false }
    }

    pub const fn finally(code: &'static str) -> Self {
        Self { code, status: None, is_final: true }
    }
}

/// A message as it goes out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The part before the `@` of its `Message-ID`; the same in every attempt, so that whoever gets it twice sees one.
    pub id: String,
    pub date: SystemTime,
    /// Beside the operator's address.
    pub from_name: String,
    pub reply_to: Option<String>,
    pub to_name: Option<String>,
    pub to: String,
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub invite: Option<Invite>,
}

/// An entry for a calendar.
#[derive(Clone, Debug)]
pub struct Invite {
    /// `REQUEST` or `CANCEL`.
    pub method: &'static str,
    /// The iCalendar document.
    pub text: String,
}

/// Sends messages. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
    slots: Arc<Semaphore>,
    deadline: Duration,
}

impl Mailer {
    /// None without `smtp_url`: then no message is written at all.
    ///
    /// # Errors
    /// A setting; the message names it, and no password.
    pub fn open(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(address) = &config.smtp_url else {
            anyhow::ensure!(config.email_from.is_none(), "email_from needs smtp_url (MORTISE_SMTP_URL)");
            return Ok(None);
        };
        let from = config.email_from.as_deref().context("smtp_url needs email_from (MORTISE_EMAIL_FROM)")?;
        let from: Address =
            from.parse().context("email_from (MORTISE_EMAIL_FROM) is no address like jobs@example.com")?;
        let deadline = Duration::from_secs(config.smtp_timeout_seconds);
        let transport = builder(config, address)?
            .hello_name(ClientId::Domain(from.domain().to_owned()))
            .timeout(Some(deadline))
            .build();
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        Ok(Some(Self { transport, from, slots, deadline }))
    }

    /// Of the operator's address: what ids of messages and appointments end with.
    pub fn domain(&self) -> &str {
        self.from.domain()
    }

    /// The operator's address.
    pub fn address(&self) -> String {
        self.from.to_string()
    }

    /// Hands a message to the server; when this returns the server has it.
    ///
    /// # Errors
    /// [`Failed`], for any reason.
    pub async fn send(&self, outgoing: Outgoing) -> Result<(), Failed> {
        let message = self.message(outgoing)?;
        let _slot = self.slots.acquire().await.expect("nobody closes it");
        match tokio::time::timeout(self.deadline, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(Failed::again("timeout")),
        }
    }

    fn message(&self, outgoing: Outgoing) -> Result<Message, Failed> {
        let address = |text: &str| text.parse::<Address>().map_err(|_| Failed::finally("bad_recipient"));
        let name = |name: String| Some(one_line(&name)).filter(|name| !name.is_empty());
        let from = Mailbox::new(name(outgoing.from_name), self.from.clone());
        let to = Mailbox::new(outgoing.to_name.and_then(name), address(&outgoing.to)?);
        let mut builder = Message::builder()
            .message_id(Some(format!("<{}@{}>", outgoing.id, self.domain())))
            .date(outgoing.date)
            .from(from)
            .to(to)
            .subject(one_line(&outgoing.subject))
            // RFC 3834: answering machines leave it alone.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ));
        if let Some(reply_to) = &outgoing.reply_to {
            builder = builder.reply_to(Mailbox::new(None, address(reply_to)?));
        }
        let built = match (outgoing.html, outgoing.invite) {
            (None, None) => builder.singlepart(SinglePart::plain(outgoing.text)),
            (html, None) => builder.multipart(alternatives(outgoing.text, html)),
            (html, Some(invite)) => {
                let kind = calendar_type(invite.method);
                let entry = SinglePart::builder().header(kind.clone()).body(invite.text.clone());
                let file = Attachment::new("invite.ics".into()).body(invite.text, kind);
                let readable = alternatives(outgoing.text, html).singlepart(entry);
                builder.multipart(MultiPart::mixed().multipart(readable).singlepart(file))
            }
        };
        built.map_err(|_| Failed::finally("bad_recipient"))
    }
}

fn builder(config: &Config, address: &str) -> anyhow::Result<smtp::AsyncSmtpTransportBuilder> {
    // Neither the address nor what is wrong with it is shown: it may hold a password.
    let wrong = "smtp_url (MORTISE_SMTP_URL) is no address like smtps://user:password@mail.example.com:465";
    let url = Url::parse(address).ok().filter(|url| url.query().is_none() && url.fragment().is_none());
    let url = url.filter(|url| matches!(url.path(), "" | "/")).context(wrong)?;
    let host = url.host_str().filter(|host| !host.is_empty()).context(wrong)?.to_owned();
    let mut tls = TlsParameters::builder(host);
    if let Some(file) = &config.smtp_ca_file {
        tls = trusting(tls, file)?;
    }
    let tls = tls.build().context("setting up TLS for smtp_url")?;
    let (port, tls) = match url.scheme() {
        "smtps" => (SUBMISSION_OVER_TLS, Tls::Wrapper(tls)),
        "smtp" if config.smtp_allow_plaintext => {
            let has_password = url.password().is_some() || !url.username().is_empty();
            anyhow::ensure!(
                !has_password,
                "smtp_url holds a password, which goes over TLS only: take smtp_allow_plaintext away"
            );
            (SUBMISSION, Tls::Opportunistic(tls))
        }
        "smtp" => (SUBMISSION, Tls::Required(tls)),
        _ => anyhow::bail!(wrong),
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(address).ok().context(wrong)?;
    Ok(builder.port(url.port().unwrap_or(port)).tls(tls))
}

fn trusting(tls: TlsParametersBuilder, file: &std::path::Path) -> anyhow::Result<TlsParametersBuilder> {
    let place = || format!("reading smtp_ca_file {}", file.display());
    let pem = std::fs::read(file).with_context(place)?;
    Ok(tls.add_root_certificate(Certificate::from_pem(&pem).with_context(place)?))
}

fn alternatives(text: String, html: Option<String>) -> MultiPart {
    let readable = MultiPart::alternative().singlepart(SinglePart::plain(text));
    match html {
        Some(html) => readable.singlepart(SinglePart::html(html)),
        None => readable,
    }
}

fn calendar_type(method: &str) -> ContentType {
    ContentType::parse(&format!("text/calendar; method={method}; charset=utf-8")).expect("it is a media type")
}

/// A header is one line: what looks like another one is part of it.
fn one_line(text: &str) -> String {
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn failed(error: &smtp::Error) -> Failed {
    // Its text may quote the address, so it is not even logged.
    let status = error.status().map(u16::from);
    match status {
        Some(code) if SIGN_IN.contains(&code) => Failed { status, ..Failed::again("sign_in") },
        Some(_) if error.is_permanent() => Failed { status, ..Failed::finally("refused") },
        Some(_) => Failed { status, ..Failed::again("busy") },
        None if error.is_timeout() => Failed::again("timeout"),
        None if is_tls(error) => Failed::again("tls"),
        // No STARTTLS, no way to sign in that both know, no room for letters beyond ASCII in an address.
        None if error.is_client() => Failed::again("not_possible"),
        None => Failed::again("unreachable"),
    }
}

/// A handshake that failed is told as a connection that did, for data that is not valid.
fn is_tls(error: &smtp::Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    error.is_tls()
        || causes.any(|cause| {
            let io = cause.downcast_ref::<std::io::Error>();
            io.is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData)
        })
}

#[cfg(test)]
mod tests {
    use super::{Config, Mailer, one_line};

    fn open(url: &str, change: impl FnOnce(&mut Config)) -> anyhow::Result<Option<Mailer>> {
        let mut config = Config {
            smtp_url: Some(url.into()),
            email_from: Some("jobs@example.com".into()),
            ..Config::default()
        };
        change(&mut config);
        Mailer::open(&config)
    }

    #[test]
    fn a_line_stays_one() {
        assert_eq!(one_line("Ada\r\nBcc: eve@example.com\u{85}\u{2028}x"), "Ada Bcc: eve@example.com x");
    }

    #[test]
    fn without_a_server_there_is_no_mailer() {
        assert!(Mailer::open(&Config::default()).expect("nothing is set").is_none());
        assert!(Mailer::open(&Config { email_from: Some("a@b.c".into()), ..Config::default() }).is_err());
        assert!(open("smtp://localhost", |config| config.email_from = None).is_err());
        assert!(open("smtp://localhost", |config| config.email_from = Some("jobs".into())).is_err());
    }

    #[test]
    fn what_is_wrong_with_the_address_is_said_without_the_password() {
        for bad in [
            "localhost:25",
            "http://user:s3cret@mail.example.com",
            "smtps://user:s3cret@",
            "smtps://user:s3cret@mail.example.com/path",
            "smtps://user:s3cret@mail.example.com?tls=none",
            "smtps://user:s3cret@mail.example.com:port",
        ] {
            let error = open(bad, |_| {}).err().unwrap_or_else(|| panic!("{bad} is taken"));
            let said = format!("{error:#} {error:?}");
            assert!(said.contains("smtp_url") && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn a_password_never_goes_without_tls() {
        assert!(open("smtp://user:s3cret@mail.example.com", |_| {}).is_ok());
        assert!(open("smtps://user:s3c%40ret@mail.example.com", |_| {}).is_ok());
        assert!(open("smtp://mail.example.com", |config| config.smtp_allow_plaintext = true).is_ok());
        let refused =
            open("smtp://user:s3cret@mail.example.com", |config| config.smtp_allow_plaintext = true);
        let said = format!("{:?}", refused.err().expect("it is refused"));
        assert!(said.contains("smtp_allow_plaintext") && !said.contains("s3cret"), "{said}");
    }

    #[test]
    fn an_authority_that_is_none_is_said() {
        let missing = open("smtps://mail.example.com", |c| c.smtp_ca_file = Some("/nowhere/ca.pem".into()));
        assert!(format!("{:#}", missing.err().expect("it is not there")).contains("smtp_ca_file"));
    }
}
