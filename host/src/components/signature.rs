//! Signatures on plugins: ed25519 over what the component is (its digest) and whom it claims to be (id and version), kept in
//! a small file beside it.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Examined, Refusal};
use crate::digest::sha256_hex;

/// What sets these signatures apart from all others a key may make.
const DOMAIN: &[u8] = b"mortise plugin signature 1\0";

/// The content of a `.sig` file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub algorithm: Algorithm,
    /// Which key made it: SHA-256 of the public key, lower-case hexadecimal.
    pub key_id: String,
    /// `vendor/name`.
    pub id: String,
    pub version: String,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// 64 bytes in base64.
    pub signature: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "ed25519")]
    Ed25519,
}

/// A key that signs; made of 32 secret bytes.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    pub fn new(seed: &[u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes"))
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().expect("a public key has 32 bytes")
    }

    pub fn sign(&self, examined: &Examined) -> Signature {
        let Examined { manifest, digest, .. } = examined;
        let message = message(digest, &manifest.id, &manifest.version);
        Signature {
            algorithm: Algorithm::Ed25519,
            key_id: key_id(&self.public_key()),
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            digest: digest.clone(),
            signature: STANDARD.encode(self.0.sign(&message)),
        }
    }
}

/// What a public key is called.
pub fn key_id(public_key: &[u8; 32]) -> String {
    sha256_hex(public_key)
}

impl Signature {
    /// # Errors
    /// The text is no signature.
    pub fn read(text: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(text).map_err(|error| {
            Refusal::new(
                "signature_invalid",
                format!("the signature is not what `mortise plugin sign` writes: {error}"),
            )
        })
    }

    /// Whether it is about this very component, whoever made it.
    ///
    /// # Errors
    /// It is about another.
    pub fn matches(&self, examined: &Examined) -> Result<(), Refusal> {
        let Examined { manifest, digest, .. } = examined;
        let pairs = [
            ("digest", &self.digest, digest),
            ("id", &self.id, &manifest.id),
            ("version", &self.version, &manifest.version),
        ];
        match pairs.into_iter().find(|(_, signed, actual)| signed != actual) {
            None => Ok(()),
            Some((what, signed, actual)) => Err(Refusal::new(
                "signature_mismatch",
                format!(
                    "the signature is about the {what} `{signed}`, the component's is `{actual}`; sign this very file"
                ),
            )),
        }
    }

    /// Whether the holder of the key made it.
    ///
    /// # Errors
    /// Somebody else did, or it was altered.
    pub fn verify(&self, public_key: &[u8; 32]) -> Result<(), Refusal> {
        let signature = STANDARD.decode(&self.signature).unwrap_or_default();
        let message = message(&self.digest, &self.id, &self.version);
        UnparsedPublicKey::new(&ED25519, public_key).verify(&message, &signature).map_err(|_| {
            Refusal::new(
                "signature_invalid",
                "the signature was not made by the key it names, or was altered",
            )
        })
    }
}

fn message(digest: &str, id: &str, version: &str) -> Vec<u8> {
    // None of the three holds a zero.
    [DOMAIN, digest.as_bytes(), b"\0", id.as_bytes(), b"\0", version.as_bytes()].concat()
}
