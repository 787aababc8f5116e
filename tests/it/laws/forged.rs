//! Credentials nobody was given: keys that were never issued, tokens altered, expired or signed by somebody else.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mortise_host::sealed::Place;
use mortise_host::token::{Kind, Token};
use mortise_tests::rows;
use mortise_tests::server::Server;
use serde_json::{Value, json};

/// Signs an access token's claims anew, as the server itself would: what forgeries are made of is good but for their
/// one fault.
pub(crate) async fn faultless(server: &Server, token: &str) -> String {
    let signer = Signer::of(server).await;
    signer.sign(&json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": signer.kid }), &claims(token))
}

/// Every bad credential, and what is wrong with it, made of a good key, a good access token and one that has expired.
pub(crate) async fn every(server: &Server, key: &str, token: &str, expired: &str) -> Vec<(String, String)> {
    let genuine = Signer::of(server).await;
    let stranger = Signer::draw();
    let claims = claims(token);
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": genuine.kid });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let headed = |name: &str, value: &str| {
        let mut header = header.clone();
        header[name] = value.into();
        header
    };

    let (rest, last) = key.split_at(key.len() - 1);
    let mistyped = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    let now = claims["iat"].as_i64().expect("a token says when it was made");
    let unsigned = |text: String| format!("{text}.");
    let made = [
        ("a mistyped key", mistyped),
        ("a key that was never issued", Token::draw(Kind::ApiKey).reveal()),
        ("the beginning of a key", "mortise_".into()),
        ("nothing after the scheme", String::new()),
        ("a refresh token that was never issued", Token::draw(Kind::Refresh).reveal()),
        ("an unsigned token", unsigned(parts(&json!({ "alg": "none", "typ": "at+jwt" }), &claims))),
        ("an unsigned token that names our key", unsigned(parts(&headed("alg", "none"), &claims))),
        ("a token without its signature", unsigned(parts(&header, &claims))),
        ("HS256 under the public key", by_hmac(&headed("alg", "HS256"), &claims, &genuine.public())),
        ("HS256 under the public key as it is published", {
            let published = URL_SAFE_NO_PAD.encode(genuine.public());
            by_hmac(&headed("alg", "HS256"), &claims, published.as_bytes())
        }),
        ("an expired token", expired.to_owned()),
        ("a token that expires as it is shown", genuine.sign(&header, &with("exp", now.into()))),
        ("a token from the future", genuine.sign(&header, &with("iat", (now + 3600).into()))),
        ("a token of an unknown key", stranger.sign(&headed("kid", &stranger.kid), &claims)),
        ("a token that names our key but has another's signature", stranger.sign(&header, &claims)),
        ("a token for another audience", genuine.sign(&header, &with("aud", "elsewhere".into()))),
        (
            "a token of another issuer",
            genuine.sign(&header, &with("iss", "https://elsewhere.example".into())),
        ),
        ("a token of another type", genuine.sign(&headed("typ", "JWT"), &claims)),
        ("a token with another's claims under its signature", {
            let signature = token.rsplit_once('.').expect("a token has parts").1;
            let other = with("sub", "member_01k7z1v5jafz8rk3m2w9y6t4qd".into());
            format!("{}.{signature}", parts(&header, &other))
        }),
        ("a token of a session that never was", {
            genuine.sign(&header, &with("sid", "session_01k7z1v5jafz8rk3m2w9y6t4qd".into()))
        }),
    ];
    made.into_iter().map(|(what, credential)| (what.to_owned(), credential)).collect()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token has three parts");
    let text = URL_SAFE_NO_PAD.decode(payload).expect("a token is base64");
    serde_json::from_slice(&text).expect("claims are JSON")
}

fn parts(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn by_hmac(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let text = parts(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// A key pair that signs tokens.
struct Signer {
    kid: String,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// The server's own, out of its database: with it a forgery has no fault but the one it is made for.
    async fn of(server: &Server) -> Self {
        let services = server.services();
        let digits = match services.config.is_postgres() {
            true => "encode(private_key, 'hex')",
            false => "lower(hex(private_key))",
        };
        let statement = format!("select id || ' ' || {digits} from signing_keys order by signs_from");
        let row = rows::texts(&services.config.database_url(), &statement).await.swap_remove(0);
        let (kid, sealed) = row.split_once(' ').expect("the statement puts one between");
        let sealed: Vec<u8> = (0..sealed.len() / 2)
            .map(|byte| u8::from_str_radix(&sealed[byte * 2..byte * 2 + 2], 16).expect("it is hexadecimal"))
            .collect();
        let place = Place { tenant: "", table: "signing_keys", column: "private_key", row: kid };
        let private = services.keys.unseal(place, &sealed).expect("the server has sealed it");
        let pair = Ed25519KeyPair::from_pkcs8(&private).expect("it is a key");
        Self { kid: kid.into(), pair }
    }

    fn draw() -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system has randomness");
        Self { kid: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()), pair }
    }

    fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = parts(header, claims);
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(self.pair.sign(text.as_bytes())))
    }
}
