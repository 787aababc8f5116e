//! Tokens (JWT) put together by hand, so that each can be wrong in its own way, and the key sets they are checked with.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key pair, and the id it is published under.
pub(super) struct Key {
    pub(super) id: String,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub(super) fn ed25519(id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("there is randomness");
        Self { id: id.into(), pair: Pair::Ed25519(pair) }
    }

    /// Of the secret half as it is stored.
    pub(super) fn ed25519_of(id: &str, private: &[u8]) -> Self {
        let pair = Ed25519KeyPair::from_pkcs8(private).expect("it is a key");
        Self { id: id.into(), pair: Pair::Ed25519(pair) }
    }

    pub(super) fn p256(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("there is randomness");
        Self { id: id.into(), pair: Pair::P256(pair) }
    }

    pub(super) fn rsa(id: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("there is randomness");
        Self { id: id.into(), pair: Pair::Rsa(pair) }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match &self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// The public half, as it is published (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Ed25519(_) => json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(self.public()) }),
            Pair::P256(pair) => {
                // Uncompressed: 4, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y) })
            }
            Pair::Rsa(pair) => {
                // RFC 8017, A.1.1, of 2048 bits: a head of 9 bytes, the modulus, a head of 2, the exponent.
                let (modulus, exponent) = pair.public_key().as_ref()[9..].split_at(256);
                json!({ "kty": "RSA", "n": base64(modulus), "e": base64(&exponent[2..]) })
            }
        };
        jwk["kid"] = json!(self.id);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        jwk
    }

    pub(super) fn public(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::P256(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::P256(pair) => pair.sign(&random, message).expect("it signs").as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("it signs");
                signature
            }
        }
    }

    /// A token that names this key and its algorithm.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "typ": "JWT", "alg": self.algorithm(), "kid": self.id }), claims)
    }

    /// A token with whatever header, signed with this key all the same.
    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        token(header, claims, |message| self.sign(message))
    }
}

/// A set of keys as it is published.
pub(super) fn key_set(keys: &[&Key]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

/// A token with whatever header and signature.
pub(super) fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", base64(signature))
}

/// The header and the claims of a token, whoever signed it.
pub(super) fn read(token: &str) -> (Value, Value) {
    let part = |index| {
        let part = token.split('.').nth(index).expect("a token has three parts");
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("they are base64");
        serde_json::from_slice(&bytes).expect("they are JSON")
    };
    (part(0), part(1))
}

/// The document with some of its fields replaced; `null` takes one out.
pub(super) fn with(document: &Value, changes: Value) -> Value {
    let mut changed = document.clone();
    let fields = changed.as_object_mut().expect("it is an object");
    for (name, value) in changes.as_object().expect("they are an object") {
        match value {
            Value::Null => drop(fields.remove(name)),
            value => drop(fields.insert(name.clone(), value.clone())),
        }
    }
    changed
}

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
