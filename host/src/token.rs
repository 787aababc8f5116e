//! Secrets their holder sees once: `mortise_<prefix>_<secret><checksum>` and its relatives. The prefix finds the row,
//! of the secret only a hash is kept, the checksum turns typing errors away without a look-up.

use subtle::ConstantTimeEq;

use crate::digest::sha256;

/// What a token is for; the label it begins with says so to people and to scanners for leaked secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ApiKey,
    Refresh,
    Invitation,
}

impl Kind {
    const EVERY: [Kind; 3] = [Kind::ApiKey, Kind::Refresh, Kind::Invitation];

    fn label(self) -> &'static str {
        match self {
            Kind::ApiKey => "mortise_",
            Kind::Refresh => "mortiserefresh_",
            Kind::Invitation => "mortiseinvite_",
        }
    }
}

const PREFIX_CHARS: usize = 10;
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token as its holder knows it.
pub struct Token {
    kind: Kind,
    prefix: String,
    secret: String,
}

impl Token {
    /// Draws a new one: 256 bits of secret.
    pub fn draw(kind: Kind) -> Self {
        Self { kind, prefix: draw(PREFIX_CHARS), secret: draw(SECRET_CHARS) }
    }

    /// Nothing when the text cannot be such a token: a mistyped one is turned away without asking the database.
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        let (prefix, rest) = text.strip_prefix(kind.label())?.split_once('_')?;
        let alphanumeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = prefix.len() == PREFIX_CHARS && rest.len() == SECRET_CHARS + CHECKSUM_CHARS;
        if !fits || !alphanumeric(prefix) || !alphanumeric(rest) {
            return None;
        }
        let (secret, checksum) = rest.split_at(SECRET_CHARS);
        let token = Self { kind, prefix: prefix.into(), secret: secret.into() };
        (token.checksum() == checksum).then_some(token)
    }

    /// Whether a text begins as one of ours does, whatever follows.
    pub fn is_ours(text: &str) -> bool {
        Kind::EVERY.iter().any(|kind| text.starts_with(kind.label()))
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The secret has more entropy than any hash can be searched for, so a plain hash keeps it.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.secret.as_bytes())
    }

    /// Compares with a stored hash, in the same time wherever they differ.
    pub fn matches(&self, hash: &[u8]) -> bool {
        hash.ct_eq(&self.hash()).into()
    }

    /// The whole token, to be shown once.
    pub fn reveal(&self) -> String {
        format!("{}{}_{}{}", self.kind.label(), self.prefix, self.secret, self.checksum())
    }

    /// Finds typing errors; says nothing about validity.
    fn checksum(&self) -> String {
        let digest = sha256(format!("{}_{}", self.prefix, self.secret).as_bytes());
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
    use super::{Kind, Token};

    #[test]
    fn a_token_reads_back_and_a_changed_one_does_not() {
        let key = Token::draw(Kind::ApiKey).reveal();
        assert_eq!(Token::parse(Kind::ApiKey, &key).expect("it was drawn").reveal(), key);
        let changed = if key.ends_with('x') { 'y' } else { 'x' };
        let mistyped = format!("{}{changed}", &key[..key.len() - 1]);
        assert!(Token::parse(Kind::ApiKey, &mistyped).is_none());
        assert!(Token::parse(Kind::ApiKey, "mortise_").is_none());
    }

    #[test]
    fn a_token_of_one_kind_is_none_of_another() {
        let refresh = Token::draw(Kind::Refresh).reveal();

        assert!(Token::parse(Kind::ApiKey, &refresh).is_none());
        assert!(Token::parse(Kind::Invitation, &refresh).is_none());
        assert!(Token::is_ours(&refresh));
    }
}
