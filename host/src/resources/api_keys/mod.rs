//! API keys: `mortise_<id>_<secret><checksum>`. Only a hash of the secret is kept, so a key is shown once.

pub mod actions;
pub mod authenticate;
pub(crate) mod store;

use sha2::{Digest, Sha256};

use crate::clock::Time;
use crate::ids::{ApiKeyId, MemberId, TenantId};

const LABEL: &str = "mortise_";
const PREFIX_CHARS: usize = 10;
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApiKey {
    pub tenant_id: TenantId,
    pub id: ApiKeyId,
    pub member_id: MemberId,
    pub name: String,
    /// Finds the row; not secret.
    pub prefix: String,
    pub secret_hash: Vec<u8>,
    /// What the key may do, as words; a subset of what its maker may.
    pub permissions: sqlx::types::Json<Vec<String>>,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    pub revoked_at: Option<Time>,
    pub version: i64,
}

impl ApiKey {
    pub fn is_valid(&self, now: Time) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expiry| now < expiry)
    }
}

/// A key as its holder knows it.
pub struct Token {
    prefix: String,
    secret: String,
}

impl Token {
    /// Draws a new one: 256 bits of secret.
    pub fn draw() -> Self {
        Self { prefix: draw(PREFIX_CHARS), secret: draw(SECRET_CHARS) }
    }

    /// Nothing when the text cannot be a key: a mistyped one is turned away without asking the database.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, rest) = text.strip_prefix(LABEL)?.split_once('_')?;
        let alphanumeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = prefix.len() == PREFIX_CHARS && rest.len() == SECRET_CHARS + CHECKSUM_CHARS;
        if !fits || !alphanumeric(prefix) || !alphanumeric(rest) {
            return None;
        }
        let (secret, checksum) = rest.split_at(SECRET_CHARS);
        let token = Self { prefix: prefix.into(), secret: secret.into() };
        (token.checksum() == checksum).then_some(token)
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The secret has more entropy than any hash can be searched for, so a plain hash keeps it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// Stands for the whole key where it must not be kept.
    pub fn credential(&self) -> [u8; 32] {
        Sha256::digest(format!("{}_{}", self.prefix, self.secret).as_bytes()).into()
    }

    /// The whole key, to be shown once.
    pub fn reveal(&self) -> String {
        format!("{LABEL}{}_{}{}", self.prefix, self.secret, self.checksum())
    }

    /// Finds typing errors; says nothing about validity.
    fn checksum(&self) -> String {
        let digest = self.credential();
        let mut number = u64::from_le_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
        let letter = |number: &mut u64| {
            let index = usize::try_from(*number % 62).expect("a remainder is small");
            *number /= 62;
            char::from(ALPHABET[index])
        };
        (0..CHECKSUM_CHARS).map(|_| letter(&mut number)).collect()
    }
}

fn draw(length: usize) -> String {
    (0..length).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_key_reads_back_and_a_changed_one_does_not() {
        let key = Token::draw().reveal();
        assert_eq!(Token::parse(&key).expect("it was drawn").reveal(), key);
        let changed = if key.ends_with('x') { 'y' } else { 'x' };
        let mistyped = format!("{}{changed}", &key[..key.len() - 1]);
        assert!(Token::parse(&mistyped).is_none());
        assert!(Token::parse("mortise_").is_none());
    }
}
