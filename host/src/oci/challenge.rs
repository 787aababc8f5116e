//! What a registry asks of whoever comes without leave: `WWW-Authenticate`, by a token of a sign-in server or by a password.

use http_auth::ChallengeParser;

use crate::outbound::Exchanged;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token that the realm gives out.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
    Basic,
}

impl Challenge {
    /// The best there is among all that the answer offers. Schemes nobody knows are left out.
    pub(super) fn of(answer: &Exchanged) -> Option<Self> {
        let headers = answer.headers.iter().filter(|(name, _)| name == "www-authenticate");
        let offered: Vec<Self> = headers.flat_map(|(_, text)| read(text)).collect();
        let token = offered.iter().find(|offer| matches!(offer, Self::Bearer { .. }));
        token.or(offered.first()).cloned()
    }
}

fn read(text: &str) -> Vec<Challenge> {
    let challenges = ChallengeParser::new(text).map_while(Result::ok);
    challenges
        .filter_map(|challenge| {
            if challenge.scheme.eq_ignore_ascii_case("basic") {
                return Some(Challenge::Basic);
            }
            if !challenge.scheme.eq_ignore_ascii_case("bearer") {
                return None;
            }
            let param = |wanted: &str| {
                let mut params = challenge.params.iter();
                let found = params.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.to_unescaped())
            };
            Some(Challenge::Bearer {
                realm: param("realm")?,
                service: param("service"),
                scope: param("scope"),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Challenge, Exchanged};

    fn of(headers: &[&str]) -> Option<Challenge> {
        let headers = headers.iter().map(|text| ("www-authenticate".to_owned(), (*text).to_owned()));
        Challenge::of(&Exchanged { status: 401, headers: headers.collect(), body: Vec::new() })
    }

    #[test]
    fn a_token_is_preferred_wherever_it_is_offered() {
        let bearer = Challenge::Bearer {
            realm: "https://auth.example.com/token".into(),
            service: Some("registry.example.com".into()),
            scope: Some("repository:acme/parser:pull,push".into()),
        };
        let text = "Bearer realm=\"https://auth.example.com/token\",service=\"registry.example.com\",\
                    scope=\"repository:acme/parser:pull,push\"";

        assert_eq!(of(&[text]), Some(bearer.clone()));
        assert_eq!(of(&["Basic realm=\"r\"", text]), Some(bearer.clone()));
        assert_eq!(of(&[&format!("Basic realm=\"r\", {text}")]), Some(bearer));
        assert_eq!(of(&["basic realm=\"r\""]), Some(Challenge::Basic));
    }

    #[test]
    fn what_nobody_can_answer_is_no_challenge() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["Negotiate"]), None);
        assert_eq!(of(&["Bearer service=\"x\""]), None, "it says not where");
        assert_eq!(of(&["\"", "Bearer realm=\"broken"]), None);
    }
}
