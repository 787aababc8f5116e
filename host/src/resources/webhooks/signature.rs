//! Signatures of deliveries, as Standard Webhooks 1.0 has them: `v1` by a secret that both sides know (HMAC-SHA256), `v1a`
//! by a pair of keys of which the receiver needs the public one only (Ed25519).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use utoipa::ToSchema;

/// By what a delivery is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = WebhookSecretKind)]
pub enum Kind {
    /// A secret that both sides know; HMAC-SHA256.
    V1,
    /// A pair of keys of which you need the public one only; Ed25519.
    V1a,
}

/// What signs: 32 bytes of a secret, or the seed of a pair of keys.
pub struct Key {
    kind: Kind,
    bytes: [u8; 32],
}

impl Key {
    pub fn draw(kind: Kind) -> Self {
        Self { kind, bytes: rand::random() }
    }

    /// What [`Key::bytes`] gave; nothing when it is of another length.
    pub fn from_bytes(kind: Kind, bytes: &[u8]) -> Option<Self> {
        Some(Self { kind, bytes: bytes.try_into().ok()? })
    }

    /// To be sealed.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// `whsec_…`: the shared secret. The secret half of a pair is nobody's but ours.
    pub fn secret(&self) -> Option<String> {
        (self.kind == Kind::V1).then(|| format!("whsec_{}", STANDARD.encode(self.bytes)))
    }

    /// `whpk_…`: what signatures of a pair are verified with.
    pub fn public(&self) -> Option<String> {
        let public = || format!("whpk_{}", STANDARD.encode(self.pair().public_key().as_ref()));
        (self.kind == Kind::V1a).then(public)
    }

    /// One signature of the header `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let message = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        match self.kind {
            Kind::V1 => format!("v1,{}", STANDARD.encode(keyed_hash(&self.bytes, &message))),
            Kind::V1a => format!("v1a,{}", STANDARD.encode(self.pair().sign(&message).as_ref())),
        }
    }

    fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&self.bytes).expect("a seed has 32 bytes")
    }
}

fn keyed_hash(secret: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{Key, Kind, keyed_hash};

    /// Of the specification and its libraries.
    #[test]
    fn the_published_signatures_come_out() {
        for (secret, id, timestamp, body, signature) in [
            (
                "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                1_649_367_553,
                r#"{"email":"test@example.com","username":"test_user"}"#,
                "tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            ),
            (
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ] {
            let secret = STANDARD.decode(secret).expect("it is base64");
            let message = format!("{id}.{timestamp}.{body}");
            assert_eq!(STANDARD.encode(keyed_hash(&secret, message.as_bytes())), signature, "{id}");
        }
    }

    #[test]
    fn the_published_signature_by_a_pair_of_keys_comes_out() {
        let secret =
            "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
        let pair = STANDARD.decode(secret).expect("it is base64");
        let key = Key::from_bytes(Kind::V1a, &pair[..32]).expect("a seed has 32 bytes");

        assert_eq!(key.public().as_deref(), Some("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="));
        assert_eq!(key.secret(), None);
        assert_eq!(
            key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#),
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
        );
    }

    #[test]
    fn a_drawn_secret_is_kept_and_found_again() {
        let drawn = Key::draw(Kind::V1);
        let again = Key::from_bytes(Kind::V1, drawn.bytes()).expect("it has 32 bytes");

        assert!(drawn.secret().is_some_and(|secret| secret.starts_with("whsec_") && secret.len() == 50));
        assert_eq!(drawn.public(), None);
        assert_eq!(drawn.sign("event_1", 7, b"{}"), again.sign("event_1", 7, b"{}"));
        assert!(Key::from_bytes(Kind::V1, b"short").is_none());
    }
}
