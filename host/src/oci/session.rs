//! One conversation with a registry about one repository: who asks is proved when the registry wants it proved, redirects
//! are followed a few steps, each address checked anew, and one deadline is over all of it. What proves who asks goes to the
//! registry and its sign-in server and to nobody else, wherever they send us.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::Url;

use super::challenge::Challenge;
use super::{Access, Credentials, Reference};
use crate::components::Refusal;
use crate::outbound::{Exchange, Exchanged, Outbound};

/// From a registry to where it keeps its blobs is one step, sometimes two.
const MOST_REDIRECTS: usize = 3;

/// Of an answer that is read for what it says about itself.
const MOST_WORDS: usize = 64 << 10;

/// One request.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) most_bytes: usize,
}

impl Request {
    pub(super) fn new(method: &'static str, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Vec::new(), most_bytes: MOST_WORDS }
    }

    #[must_use]
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What a sign-in server gives out. Some say it in one field, some in the other.
#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
}

pub(super) struct Session<'a> {
    outbound: &'a Outbound,
    reference: &'a Reference,
    credentials: Option<&'a Credentials>,
    plain_http: bool,
    /// What we have come to do, as sign-in servers call it.
    actions: &'static str,
    begun: Instant,
    deadline: Duration,
    /// `https://registry/v2/name/`
    base: Url,
    /// What the registry has been satisfied with.
    authorization: Option<String>,
}

impl<'a> Session<'a> {
    /// # Errors
    /// `invalid_reference`.
    pub(super) fn new(
        outbound: &'a Outbound,
        reference: &'a Reference,
        access: &'a Access,
        actions: &'static str,
    ) -> Result<Self, Refusal> {
        let scheme = if access.plain_http { "http" } else { "https" };
        let base = Url::parse(&format!("{scheme}://{}/v2/{}/", reference.registry, reference.name));
        let base = base.map_err(|_| Refusal::new("invalid_reference", "the registry is no host"))?;
        Ok(Self {
            outbound,
            reference,
            credentials: access.credentials.as_ref(),
            plain_http: access.plain_http,
            actions,
            begun: Instant::now(),
            deadline: access.deadline,
            base,
            authorization: None,
        })
    }

    /// A place in the repository.
    ///
    /// # Errors
    /// `bad_answer`: that is none.
    pub(super) fn place(&self, path: &str) -> Result<Url, Refusal> {
        self.resolve(&self.base, path)
    }

    /// Where an answer sends us.
    ///
    /// # Errors
    /// `bad_answer`: it does not say where, or that is no web address.
    pub(super) fn location(&self, from: &Url, answer: &Exchanged) -> Result<Url, Refusal> {
        match header(answer, "location") {
            Some(to) => self.resolve(from, to),
            None => Err(self.misunderstood("it sends us on and does not say where")),
        }
    }

    fn resolve(&self, from: &Url, to: &str) -> Result<Url, Refusal> {
        from.join(to).map_err(|_| self.misunderstood("it sends us to what is no web address"))
    }

    /// Reads something, wherever the registry keeps it.
    ///
    /// # Errors
    /// `too_many_redirects`; as [`Session::send`].
    pub(super) async fn get(&mut self, mut request: Request) -> Result<Exchanged, Refusal> {
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(&request).await?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            request.url = self.location(&request.url, &answer)?;
        }
        let message = format!(
            "{} redirects more than {MOST_REDIRECTS} times; ask whoever runs it",
            self.reference.registry
        );
        Err(Refusal::new("too_many_redirects", message))
    }

    /// Asks, and proves who asks if the registry wants that. Any other answer is one.
    ///
    /// # Errors
    /// `registry_denied`: it wants what we do not have; otherwise what kept the request from being answered.
    pub(super) async fn send(&mut self, request: &Request) -> Result<Exchanged, Refusal> {
        let answer = self.ask(request).await?;
        if answer.status != 401 || !self.is_registry(&request.url) {
            return Ok(answer);
        }
        self.authorize(&answer).await?;
        self.ask(request).await
    }

    fn is_registry(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    async fn ask(&self, request: &Request) -> Result<Exchanged, Refusal> {
        let mut headers: Vec<_> =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        if let Some(authorization) = self.authorization.as_ref().filter(|_| self.is_registry(&request.url)) {
            headers.push(("authorization".to_owned(), authorization.clone()));
        }
        self.exchange(Exchange {
            method: request.method.to_owned(),
            address: request.url.to_string(),
            headers,
            body: request.body.clone(),
            deadline: self.left()?,
            most_bytes: request.most_bytes,
        })
        .await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, Refusal> {
        let host = Url::parse(&exchange.address).ok().and_then(|url| {
            // Whoever asked for TLS gets it from everybody a registry sends them to.
            (self.plain_http || url.scheme() == "https").then(|| url.host_str().map(str::to_owned))?
        });
        let Some(host) = host else {
            let message = format!("{} sends us to an address without TLS", self.reference.registry);
            return Err(Refusal::new("https_only", message));
        };
        self.outbound.exchange(exchange).await.map_err(|failed| match failed.code {
            "timeout" => self.late(),
            code => Refusal::new(code, format!("asking {host}: {}", failed.detail)),
        })
    }

    fn left(&self) -> Result<Duration, Refusal> {
        let left = self.deadline.saturating_sub(self.begun.elapsed());
        if left.is_zero() { Err(self.late()) } else { Ok(left) }
    }

    fn late(&self) -> Refusal {
        let message = format!(
            "{} has not answered everything within {} seconds; try again when it is faster",
            self.reference.registry,
            self.deadline.as_secs()
        );
        Refusal::new("timeout", message)
    }

    /// Finds what satisfies the registry.
    async fn authorize(&mut self, answer: &Exchanged) -> Result<(), Refusal> {
        let basic = self.credentials.map(|Credentials { username, password }| {
            format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
        });
        let authorization = match (Challenge::of(answer), basic) {
            (Some(Challenge::Bearer { realm, service, scope }), basic) => {
                Some(format!("Bearer {}", self.token(&realm, service, scope, basic).await?))
            }
            (Some(Challenge::Basic), basic) => basic,
            (None, _) => None,
        };
        match authorization.filter(|new| self.authorization.as_ref() != Some(new)) {
            Some(new) => self.authorization = Some(new),
            None => return Err(self.denied()),
        }
        Ok(())
    }

    /// What a sign-in server gives out for this repository (the Docker registry's token authentication). The protocol has the
    /// registry choose who sees the password: whoever sends one trusts it so far.
    async fn token(
        &self,
        realm: &str,
        service: Option<String>,
        scope: Option<String>,
        basic: Option<String>,
    ) -> Result<String, Refusal> {
        let mut url = self.resolve(&self.base, realm)?;
        let ours = || format!("repository:{}:{}", self.reference.name, self.actions);
        let scope = scope.unwrap_or_else(ours);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        url.query_pairs_mut().append_pair("scope", &scope);
        let answer = self
            .exchange(Exchange {
                method: "GET".to_owned(),
                address: url.to_string(),
                headers: basic.map(|basic| ("authorization".to_owned(), basic)).into_iter().collect(),
                body: Vec::new(),
                deadline: self.left()?,
                most_bytes: MOST_WORDS,
            })
            .await?;
        match answer.status {
            200 => {}
            400 | 401 | 403 => return Err(self.denied()),
            _ => return Err(self.unexpected(&answer, "a token")),
        }
        let given: Option<Given> = serde_json::from_slice(&answer.body).ok();
        let token = given.and_then(|given| given.token.or(given.access_token));
        let is_sound =
            |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        token.filter(is_sound).ok_or_else(|| self.misunderstood("its sign-in server gives out no token"))
    }

    fn denied(&self) -> Refusal {
        let Reference { registry, name, .. } = self.reference;
        let message = if self.credentials.is_some() {
            format!(
                "{registry} does not let this user near {name}; check user name, password and their rights"
            )
        } else {
            format!(
                "{registry} lets nobody unknown near {name}, if there is such a repository; send credentials"
            )
        };
        Refusal::new("registry_denied", message)
    }

    /// What an answer that is of no use means.
    pub(super) fn unexpected(&self, answer: &Exchanged, what: &str) -> Refusal {
        let registry = &self.reference.registry;
        match answer.status {
            401 | 403 => self.denied(),
            404 => {
                let message = format!("{registry} has no {what}; check name, tag and digest");
                Refusal::new("not_in_registry", message)
            }
            429 => {
                let message = format!("{registry} is asked too often; try again later, or with credentials");
                Refusal::new("registry_busy", message)
            }
            status => {
                let said = complaint(&answer.body).map(|code| format!(" ({code})")).unwrap_or_default();
                Refusal::new("bad_status", format!("{registry} answers {status}{said}, asked for {what}"))
            }
        }
    }

    pub(super) fn misunderstood(&self, what: &str) -> Refusal {
        let message = format!("{} is no registry we understand: {what}", self.reference.registry);
        Refusal::new("bad_answer", message)
    }
}

pub(super) fn header<'a>(answer: &'a Exchanged, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The code of an error as registries say it: `MANIFEST_UNKNOWN`.
fn complaint(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let code = body["errors"][0]["code"].as_str()?;
    let is_code = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_code.then(|| code.to_owned())
}
