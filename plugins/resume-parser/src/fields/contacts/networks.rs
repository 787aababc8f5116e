//! The networks people have profiles on, and how their addresses are made.

use std::sync::LazyLock;

struct Network {
    name: &'static str,
    hosts: Vec<&'static str>,
    paths: Vec<&'static str>,
}

static NETWORKS: LazyLock<Vec<Network>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/networks.txt").lines().filter(|line| !line.starts_with('#'));
    let network = |line: &'static str| {
        let mut cells = line.split('|').map(str::trim);
        let (name, hosts, paths) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Network { name, hosts: hosts.split(' ').collect(), paths: paths.split(' ').collect() })
    };
    lines.filter_map(network).collect()
});

/// The network of a host and the user name in a path.
pub(super) fn profile(host: &str, path: &str) -> (Option<&'static str>, Option<String>) {
    let host = host.to_ascii_lowercase();
    let path = path.trim_start_matches('/');
    for network in NETWORKS.iter() {
        for site in &network.hosts {
            let Some(sub) = host.strip_suffix(site) else { continue };
            if !sub.is_empty() && !sub.ends_with('.') {
                continue;
            }
            let sub = sub.trim_end_matches('.').trim_start_matches("www.");
            if network.paths.contains(&".") && !sub.is_empty() && sub != "www" {
                return (Some(network.name), Some(sub.to_owned()));
            }
            return (Some(network.name), user_in(network, path));
        }
    }
    // Any other server with /@name is one of the Fediverse.
    if let Some(user) = path.strip_prefix('@').filter(|u| !u.is_empty()) {
        let user = user.split(['/', '?']).next().unwrap_or(user);
        return (Some("Mastodon"), Some(user.to_owned()));
    }
    (None, None)
}

fn user_in(network: &Network, path: &str) -> Option<String> {
    let prefix = network.paths.iter().filter(|p| **p != "." && **p != "-").filter(|p| starts_with(path, p));
    let longest = prefix.max_by_key(|p| p.len());
    let rest = match longest {
        Some(prefix) => &path[prefix.len()..],
        None if network.paths.contains(&"-") => path,
        None => return None,
    };
    let mut segments = rest.split(['/', '?', '#', '&']).filter(|s| !s.is_empty());
    let mut user = segments.next()?;
    // Stack Overflow puts a number first and the name after it.
    if network.name == "Stack Overflow" && user.bytes().all(|b| b.is_ascii_digit()) {
        user = segments.next().unwrap_or(user);
    }
    Some(user.trim_start_matches(['@', '~']).to_owned())
}

/// A network's name at `at` in the text: the name and its length.
pub(super) fn name_at(text: &str, at: usize) -> Option<(&'static str, usize)> {
    let rest = text.get(at..)?;
    let found = NETWORKS
        .iter()
        .filter(|n| n.name.len() > 2 && starts_with(rest, n.name))
        .max_by_key(|n| n.name.len())?;
    let next = rest[found.name.len()..].chars().next();
    next.is_none_or(|c| !c.is_alphanumeric() && c != '.').then_some((found.name, found.name.len()))
}

/// The address of a user's profile.
pub(super) fn address_of(network: &str, user: &str) -> String {
    let known = NETWORKS.iter().find(|n| n.name == network);
    match known.and_then(|n| Some((n.hosts.first()?, n.paths.first()?))) {
        Some((host, &"-")) => format!("https://{host}/{user}"),
        Some((host, &".")) => format!("https://{user}.{host}"),
        Some((host, path)) => format!("https://{host}/{path}{user}"),
        None => user.to_owned(),
    }
}

/// Whether `text` starts with `prefix` in any case.
pub(super) fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|t| t.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::NETWORKS;

    #[test]
    fn every_network_is_complete() {
        assert!(NETWORKS.iter().all(|n| n.hosts.iter().all(|h| h.contains('.')) && !n.paths.is_empty()));
        assert!(NETWORKS.len() > 60);
    }
}
