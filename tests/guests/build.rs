//! A small stack, as `mortise plugin build` gives a scoring rule.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg=-zstack-size=131072");
}
