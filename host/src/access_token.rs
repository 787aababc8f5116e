//! Access tokens: JWTs (RFC 9068) of ten minutes, signed with Ed25519. Keeps the keys in memory, as they were loaded;
//! knows nothing of where they are stored. The algorithm belongs to the key, never to the token.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Time;
use crate::digest::sha256;
use crate::ids::{MemberId, SessionId, TenantId};

/// How long a token is good for.
pub const VALID: Duration = Duration::from_secs(10 * 60);

/// Clocks of nodes may differ by this much.
const LEEWAY_SECONDS: i64 = 30;

const AUDIENCE: &str = "mortise";
const TYPE: &str = "at+jwt";

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: MemberId,
    pub tenant: TenantId,
    /// The session it belongs to.
    pub sid: SessionId,
    /// Seconds since the epoch.
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
}

/// A key pair, and when it signs and counts.
#[derive(Clone)]
pub struct SigningKey {
    /// The JWK thumbprint (RFC 7638) of the public half.
    pub id: String,
    pub public: Vec<u8>,
    pub signs_from: Time,
    pub signs_until: Time,
    /// Nothing it signed is good from here on.
    pub ends_at: Time,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The secret half as it is sealed and stored: PKCS #8.
pub struct NewKey {
    pub private: Vec<u8>,
}

impl NewKey {
    pub fn draw() -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system has randomness");
        let document = pair.to_pkcs8().expect("a new pair can be written");
        Self { private: document.as_ref().to_vec() }
    }
}

impl SigningKey {
    /// # Errors
    /// Not a PKCS #8 Ed25519 key.
    pub fn read(private: &[u8], signs_from: Time, signs_until: Time, ends_at: Time) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(private)
            .map_err(|error| anyhow::anyhow!("a signing key cannot be read: {error}"))?;
        let public = pair.public_key().as_ref().to_vec();
        let x = URL_SAFE_NO_PAD.encode(&public);
        Ok(Self {
            id: thumbprint(&x),
            decoding: DecodingKey::from_ed_components(&x)?,
            encoding: EncodingKey::from_ed_der(private),
            public,
            signs_from,
            signs_until,
            ends_at,
        })
    }
}

/// RFC 7638: the members a key needs, in the order of their names.
fn thumbprint(x: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes()))
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// It may be signed with a key that was made since ours were loaded.
    UnknownKey,
    Invalid,
}

/// Issues and verifies tokens with the keys at hand. Cheap to clone.
#[derive(Clone)]
pub struct AccessTokens {
    issuer: Arc<str>,
    keys: Arc<RwLock<Arc<[SigningKey]>>>,
}

impl AccessTokens {
    pub fn new(issuer: &str) -> Self {
        Self { issuer: issuer.into(), keys: Arc::new(RwLock::new([].into())) }
    }

    /// Replaces the keys by what is stored now.
    pub fn load(&self, keys: Vec<SigningKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
    }

    fn keys(&self) -> Arc<[SigningKey]> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Nothing when no key signs now: load them again.
    pub fn issue(
        &self,
        tenant: TenantId,
        member: MemberId,
        session: SessionId,
        jti: String,
        now: Time,
    ) -> Option<String> {
        let keys = self.keys();
        let signing = keys.iter().filter(|key| key.signs_from <= now && now < key.signs_until);
        let key = signing.max_by(|a, b| (a.signs_from, &a.id).cmp(&(b.signs_from, &b.id)))?;
        let iat = now.timestamp();
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: AUDIENCE.into(),
            sub: member,
            tenant,
            sid: session,
            iat,
            exp: iat + i64::try_from(VALID.as_secs()).expect("ten minutes fit"),
            jti,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.into());
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, &claims, &key.encoding).ok()
    }

    /// Whether a text looks like a JWT at all, ours or somebody else's.
    pub fn is_token(text: &str) -> bool {
        text.len() < 16_384
            && text.bytes().filter(|byte| *byte == b'.').count() == 2
            && text.starts_with("ey")
    }

    /// Whether the token says it is ours. Not verified.
    pub fn claims_to_be_ours(&self, text: &str) -> bool {
        #[derive(Deserialize)]
        struct Issuer {
            iss: Option<String>,
        }
        let claims = jsonwebtoken::dangerous::insecure_decode::<Issuer>(text).ok();
        claims.and_then(|token| token.claims.iss).is_some_and(|iss| *iss == *self.issuer)
    }

    /// # Errors
    /// `UnknownKey` when its `kid` is none of ours; `Invalid` for any other fault: type, algorithm, signature, issuer,
    /// audience, time.
    pub fn verify(&self, text: &str, now: Time) -> Result<Claims, Rejected> {
        let invalid = |_| Rejected::Invalid;
        let header = jsonwebtoken::decode_header(text).map_err(invalid)?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA {
            return Err(Rejected::Invalid);
        }
        let keys = self.keys();
        let kid = header.kid.ok_or(Rejected::Invalid)?;
        let key = keys.iter().find(|key| key.id == kid && now < key.ends_at).ok_or(Rejected::UnknownKey)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&*self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Time is the clock's, below.
        validation.validate_exp = false;
        let claims =
            jsonwebtoken::decode::<Claims>(text, &key.decoding, &validation).map_err(invalid)?.claims;
        let now = now.timestamp();
        let is_present = now < claims.exp && claims.iat <= now + LEEWAY_SECONDS;
        is_present.then_some(claims).ok_or(Rejected::Invalid)
    }

    /// The public halves of all keys that count now or will (RFC 7517).
    pub fn jwks(&self, now: Time) -> Value {
        let keys = self.keys();
        let published = keys.iter().filter(|key| now < key.ends_at).map(|key| {
            let x = URL_SAFE_NO_PAD.encode(&key.public);
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.id, "alg": "EdDSA", "use": "sig" })
        });
        json!({ "keys": published.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessTokens, NewKey, Rejected, SigningKey, thumbprint};
    use crate::clock::Clock;
    use crate::ids::{MemberId, SessionId, TenantId};

    #[test]
    fn a_token_counts_for_ten_minutes() {
        let clock = Clock::manual("2026-03-02T09:00:00Z".parse().expect("it is a time"));
        let now = clock.now();
        let day = chrono::Duration::days(1);
        let tokens = AccessTokens::new("mortise");
        let key = SigningKey::read(&NewKey::draw().private, now, now + day, now + day).expect("it reads");
        tokens.load(vec![key.clone()]);
        let (tenant, member, session) =
            (TenantId::new(&clock), MemberId::new(&clock), SessionId::new(&clock));
        let token = tokens.issue(tenant, member, session, "1".into(), now).expect("a key signs");

        let claims = tokens.verify(&token, now).expect("it is ours");
        assert_eq!((claims.tenant, claims.sub, claims.sid), (tenant, member, session));
        let late = now + chrono::Duration::minutes(10);
        assert_eq!(tokens.verify(&token, late).err(), Some(Rejected::Invalid));
        let early = now - chrono::Duration::minutes(1);
        assert_eq!(tokens.verify(&token, early).err(), Some(Rejected::Invalid));
        assert!(tokens.claims_to_be_ours(&token));
        tokens.load(Vec::new());
        assert_eq!(tokens.verify(&token, now).err(), Some(Rejected::UnknownKey));
        assert_eq!(AccessTokens::new("other").verify(&token, now).err(), Some(Rejected::UnknownKey));
        let other = AccessTokens::new("other");
        other.load(vec![key]);
        assert_eq!(other.verify(&token, now).err(), Some(Rejected::Invalid));
    }

    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        // RFC 8037, appendix A.3.
        assert_eq!(
            thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
