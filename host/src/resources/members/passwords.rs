//! Passwords: which are good enough, and Argon2id hashes of them, made and compared off the threads that answer requests.
//! Parameters: the OWASP password storage cheat sheet's minimum (m = 19 MiB, t = 2, p = 1).

use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const SHORTEST: usize = 8;
/// A limit to what is hashed; nobody types more.
const LONGEST: usize = 256;

/// Sign-ins that may wait for a core before further ones are told to come back.
const MOST_WAITING: usize = 64;

fn hasher() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Whether a password is worth having: long enough, in no list of common or breached ones, not guessed from who it is
/// for. Strength is estimated with zxcvbn (Wheeler, USENIX Security 2016), which knows 30,000 common passwords.
///
/// # Errors
/// `Invalid` at the pointer, saying what to do.
pub fn check(pointer: &str, password: &str, about: &[&str]) -> Result<()> {
    let invalid = |code, detail: String| Err(Error::invalid(pointer, code, detail));
    let length = password.chars().count();
    if length < SHORTEST {
        return invalid(
            "password_too_short",
            format!("a password has at least {SHORTEST} characters; 15 are better"),
        );
    }
    if length > LONGEST {
        return invalid("password_too_long", format!("a password has at most {LONGEST} characters"));
    }
    let parts: Vec<&str> = about
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]))
        .filter(|part| part.len() > 2)
        .collect();
    // Its time grows with the square of the length, and length alone makes a password strong.
    let start: String = password.chars().take(64).collect();
    if zxcvbn::zxcvbn(&start, &parts).score() < zxcvbn::Score::Two {
        let detail = "this password is among the first that are tried; take several unrelated words, or a password \
                      manager's";
        return invalid("password_too_common", detail.into());
    }
    Ok(())
}

/// A PHC string with a salt of its own.
///
/// # Errors
/// `Overloaded` when too many wait.
pub async fn hash(password: String) -> Result<String> {
    on_a_core(move || {
        let hash =
            hasher().hash_password(password.as_bytes()).expect("the parameters and the length are sound");
        hash.to_string()
    })
    .await
}

/// What a comparison told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed with other parameters than today's: hash it again.
    RightButOld,
}

/// Compares with a stored hash; without one with a dummy, so that unknown names take as long as known ones.
///
/// # Errors
/// `Overloaded` when too many wait.
pub async fn verify(password: String, stored: Option<String>) -> Result<Verdict> {
    on_a_core(move || {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| dummy().to_owned());
        let Ok(parsed) = PasswordHash::new(&stored) else { return Verdict::Wrong };
        let is_right = password.chars().count() <= LONGEST
            && hasher().verify_password(password.as_bytes(), &parsed).is_ok();
        match (is_right && is_known, is_of_today(&parsed)) {
            (false, _) => Verdict::Wrong,
            (true, true) => Verdict::Right,
            (true, false) => Verdict::RightButOld,
        }
    })
    .await
}

fn is_of_today(hash: &PasswordHash) -> bool {
    let today = Params::new(MEMORY_KIB, PASSES, LANES, None).ok();
    let theirs = Params::try_from(hash).ok();
    let same =
        |a: Params, b: Params| (a.m_cost(), a.t_cost(), a.p_cost()) == (b.m_cost(), b.t_cost(), b.p_cost());
    hash.algorithm.as_str() == "argon2id" && today.zip(theirs).is_some_and(|(a, b)| same(a, b))
}

fn dummy() -> &'static str {
    static DUMMY: OnceLock<String> = OnceLock::new();
    DUMMY.get_or_init(|| {
        let noise: [u8; 32] = rand::random();
        hasher().hash_password(&noise).expect("the parameters are sound").to_string()
    })
}

/// As many at once as there are cores: a flood of sign-ins must not take the memory of a flood of hashes.
async fn on_a_core<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static CORES: OnceLock<(Arc<Semaphore>, Arc<Semaphore>)> = OnceLock::new();
    let (cores, queue) = CORES.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (Arc::new(Semaphore::new(cores)), Arc::new(Semaphore::new(cores + MOST_WAITING)))
    });
    let _place = queue.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
    let core = cores.clone().acquire_owned().await.map_err(|_| Error::Overloaded)?;
    let done = tokio::task::spawn_blocking(move || {
        // Held by the work itself: a request that is given up does not make room for another before it ends.
        let _core = core;
        work()
    });
    done.await.map_err(|error| Error::internal(format!("hashing a password: {error}")))
}

#[cfg(test)]
mod tests {
    use super::{Verdict, check, hash, verify};

    #[tokio::test]
    async fn a_password_is_recognised_and_another_is_not() {
        let stored = hash("correct horse battery".into()).await.expect("it hashes");

        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let right = verify("correct horse battery".into(), Some(stored.clone())).await.expect("it compares");
        let wrong = verify("correct horse batterx".into(), Some(stored)).await.expect("it compares");
        assert_eq!((right, wrong), (Verdict::Right, Verdict::Wrong));
        let unknown = verify("anything".into(), None).await.expect("it compares");
        assert_eq!(unknown, Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_weaker_parameters_is_to_be_made_anew() {
        // Argon2id, m = 8 KiB, t = 1.
        let params = argon2::Params::new(8, 1, 1, None).expect("they are within bounds");
        let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let stored = argon2::password_hash::PasswordHasher::hash_password(&weak, b"tr0ub4dor&3 and more");
        let stored = stored.expect("it hashes").to_string();

        let verdict = verify("tr0ub4dor&3 and more".into(), Some(stored)).await.expect("it compares");
        assert_eq!(verdict, Verdict::RightButOld);
    }

    #[test]
    fn common_and_personal_passwords_are_refused() {
        let about = ["ada.lovelace@analytical.example", "Ada Lovelace", "Acme"];
        for bad in ["short1!", "password", "password123", "qwertyuiop", "lovelace", "analytical", "12345678"]
        {
            assert!(check("#/password", bad, &about).is_err(), "{bad}");
        }
        for good in ["correct horse battery", "Xk3#q8Lp", "viele bunte Smarties"] {
            assert!(check("#/password", good, &about).is_ok(), "{good}");
        }
        assert!(check("#/password", &"long ".repeat(60), &about).is_err());
    }
}
