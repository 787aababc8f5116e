//! The fake host behaves as the real one promises.

use std::time::Duration;

use super::Host;
use crate::http::{Request, fetch};
use crate::{HostErrorKind, clock, config, inference, kv, log, secrets, setting};

#[test]
fn what_was_not_granted_is_denied() {
    let host = Host::new();
    host.run(|| {
        assert_eq!(fetch(Request::get("https://example.com")).unwrap_err().kind, HostErrorKind::Denied);
        assert_eq!(inference::embed(&["a".to_owned()]).unwrap_err().kind, HostErrorKind::Denied);
        assert!(!secrets::exists("key"));
    });
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn values_expire_with_the_clock() {
    let host = Host::new().with_time(1_000);
    host.run(|| kv::set("short", b"x", Some(Duration::from_millis(1_500)))).unwrap();
    host.run(|| kv::set("long", b"y", None)).unwrap();
    host.set_time(2_999);
    assert_eq!(host.run(|| kv::list_keys("")).unwrap(), ["long", "short"]);
    host.set_time(3_000);
    assert_eq!(host.run(|| kv::get("short")).unwrap(), None);
    assert_eq!(host.run(clock::now_unix_ms), 3_000);
}

#[test]
fn settings_of_another_shape_are_a_config_error() {
    let host = Host::new().with_config(serde_json::json!({"limit": "many"}));
    let error = host.run(|| setting::<u32>("limit")).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (crate::ErrorKind::Config, "unexpected_config"));
    assert_eq!(host.run(|| setting::<u32>("absent")).unwrap(), None);
    assert_eq!(host.run(config::<serde_json::Value>).unwrap()["limit"], "many");
}

#[test]
fn log_lines_carry_their_fields() {
    let host = Host::new();
    host.run(|| {
        log::warn!(pages = 3; "long");
        log::debug!("not kept by default");
    });
    let lines = host.log();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].level, lines[0].message.as_str()), (log::Level::Warn, "long"));
    assert_eq!(lines[0].fields, [("pages".to_owned(), "3".to_owned())]);
}

#[test]
fn a_panic_leaves_no_host_behind() {
    let host = Host::new().with_secret("key");
    let outcome = std::panic::catch_unwind(|| Host::new().run(|| panic!("as planned")));
    assert!(outcome.is_err());
    assert!(!secrets::exists("key"));
    assert!(host.run(|| secrets::exists("key")));
}
