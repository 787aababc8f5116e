//! Verifies a provider's token with the keys it publishes. The algorithm is the provider's setting, never the token's
//! choice; `jku`, `jwk` and `x5u` in the token are not looked at.

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Map, Value};

use super::{Algorithm, IdentityProvider};
use crate::clock::Time;
use crate::fields::normalise_email;

/// Clocks may differ by this much.
const LEEWAY_SECONDS: i64 = 60;

impl Algorithm {
    fn jwt(self) -> jsonwebtoken::Algorithm {
        use jsonwebtoken::Algorithm as Jwt;
        match self {
            Algorithm::RS256 => Jwt::RS256,
            Algorithm::RS384 => Jwt::RS384,
            Algorithm::RS512 => Jwt::RS512,
            Algorithm::PS256 => Jwt::PS256,
            Algorithm::PS384 => Jwt::PS384,
            Algorithm::PS512 => Jwt::PS512,
            Algorithm::ES256 => Jwt::ES256,
            Algorithm::ES384 => Jwt::ES384,
            Algorithm::EdDSA => Jwt::EdDSA,
        }
    }
}

/// What a verified token says.
#[derive(Clone, Debug)]
pub struct Verified {
    pub subject: String,
    /// As addresses are compared; nothing when it has none, or says itself that it is not verified.
    pub email: Option<String>,
    pub name: Option<String>,
    /// Values of the role claim.
    pub roles: Vec<String>,
    pub expires_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The provider may have a new key.
    UnknownKey,
    Invalid,
}

/// `iss` and `aud` of a token, not verified: to find the provider by.
pub fn peek(token: &str) -> Option<(String, Vec<String>)> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(token).ok()?.claims;
    let issuer = claims.get("iss")?.as_str()?.to_owned();
    Some((issuer, texts(claims.get("aud")?)))
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// # Errors
/// `UnknownKey`, or `Invalid` for any other fault.
pub fn verify(provider: &IdentityProvider, token: &str, now: Time) -> Result<Verified, Rejected> {
    let invalid = |_| Rejected::Invalid;
    let header = jsonwebtoken::decode_header(token).map_err(invalid)?;
    let algorithms: Vec<_> = provider.algorithms.iter().map(|algorithm| algorithm.jwt()).collect();
    if !algorithms.contains(&header.alg) {
        return Err(Rejected::Invalid);
    }
    let keys = provider.jwks.as_ref().ok_or(Rejected::UnknownKey)?;
    let keys: JwkSet = serde_json::from_value(keys.0.clone()).map_err(|_| Rejected::UnknownKey)?;
    let kid = header.kid.ok_or(Rejected::Invalid)?;
    let key = keys.find(&kid).filter(|key| signs(key)).ok_or(Rejected::UnknownKey)?;
    let key = DecodingKey::from_jwk(key).map_err(invalid)?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[&provider.audience]);
    validation.set_issuer(&[&provider.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Time is the clock's, below.
    validation.validate_exp = false;
    let claims =
        jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).map_err(invalid)?.claims;
    read(provider, &claims, now).ok_or(Rejected::Invalid)
}

fn signs(key: &Jwk) -> bool {
    key.common.public_key_use.as_ref().is_none_or(|kind| *kind == PublicKeyUse::Signature)
}

fn read(provider: &IdentityProvider, claims: &Map<String, Value>, now: Time) -> Option<Verified> {
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    // Whole seconds of this century: exact as a double.
    #[expect(clippy::cast_possible_truncation, reason = "checked against chrono's range right after")]
    let expires_at = Time::from_timestamp(number("exp")? as i64, 0)?;
    let leeway = chrono::Duration::seconds(LEEWAY_SECONDS);
    #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^52")]
    let latest = (now + leeway).timestamp() as f64;
    let is_begun = ["iat", "nbf"].into_iter().all(|name| number(name).is_none_or(|time| time <= latest));
    if now >= expires_at + leeway || !is_begun {
        return None;
    }
    // Some providers send it as text.
    let is_unverified =
        claims.get("email_verified").is_some_and(|said| *said != Value::Bool(true) && said != "true");
    let email =
        text(&provider.email_claim).and_then(|email| normalise_email(&email)).filter(|_| !is_unverified);
    let subject = text("sub")
        .filter(|subject| !subject.is_empty() && subject.len() <= 255 && !subject.contains('\0'))?;
    let roles =
        provider.role_claim.as_ref().and_then(|claim| claims.get(claim)).map(texts).unwrap_or_default();
    Some(Verified { subject, email, name: text("name"), roles, expires_at: expires_at + leeway })
}
