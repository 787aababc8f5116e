//! The contract as text, for tool chains that read it themselves: the files of `wit/`, and the world that one plugin is built
//! for.

use super::checks;
use super::manifest::{CapabilityName, Manifest};

/// Name of that world.
pub const WORLD: &str = "requested";

const FILES: [(&str, &str); 16] = [
    ("clock.wit", include_str!("../../../wit/clock.wit")),
    ("config.wit", include_str!("../../../wit/config.wit")),
    ("document.wit", include_str!("../../../wit/document.wit")),
    ("extraction.wit", include_str!("../../../wit/extraction.wit")),
    ("http.wit", include_str!("../../../wit/http.wit")),
    ("inference.wit", include_str!("../../../wit/inference.wit")),
    ("kv.wit", include_str!("../../../wit/kv.wit")),
    ("log.wit", include_str!("../../../wit/log.wit")),
    ("resume-parsing.wit", include_str!("../../../wit/resume-parsing.wit")),
    ("resume.wit", include_str!("../../../wit/resume.wit")),
    ("scoring.wit", include_str!("../../../wit/scoring.wit")),
    ("secrets.wit", include_str!("../../../wit/secrets.wit")),
    ("text.wit", include_str!("../../../wit/text.wit")),
    ("transforming.wit", include_str!("../../../wit/transforming.wit")),
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("worlds.wit", include_str!("../../../wit/worlds.wit")),
];

/// Names and contents of the files of one folder, for the plugin of this manifest.
pub fn files(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let mut files: Vec<_> = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    files.push(("requested.wit", world(manifest)));
    files
}

/// An interpreter inside a component imports all of its world, used or not: so this one has what the manifest requests.
fn world(manifest: &Manifest) -> String {
    let package = FILES[0].1.lines().next().unwrap_or_default();
    let mut world = format!(
        "{package}\n\n/// What a plugin of this kind may use, with the capabilities its manifest requests and no others.\n\
         world {WORLD} {{\n    include base;\n"
    );
    for interface in checks::world_of(manifest.kind) {
        let capability =
            CapabilityName::EVERY.into_iter().find(|capability| capability.interface() == *interface);
        if capability.is_none_or(|capability| manifest.requests(capability)) {
            world += &format!("    import {interface};\n");
        }
    }
    world += &format!("    export {};\n}}\n", checks::export_of(manifest.kind));
    world
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FILES, files};
    use crate::wasm::manifest::Manifest;

    #[test]
    fn every_file_of_the_contract_is_there() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
        let written: BTreeMap<String, String> = std::fs::read_dir(folder)
            .expect("the contract is there")
            .map(|entry| entry.expect("it can be listed").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "wit"))
            .map(|path| {
                let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&path).expect("it is text"))
            })
            .collect();
        let known = FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        assert_eq!(known.collect::<BTreeMap<_, _>>(), written);
    }

    #[test]
    fn a_world_has_what_its_manifest_requests() {
        let toml = "id = \"acme/cv\"\nversion = \"1.0.0\"\nkind = \"resume-parser\"\ntitle = \"x\"\n\
                    [[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n";
        let manifest = Manifest::from_toml(toml).expect("it is a manifest");

        let files = files(&manifest);

        let (_, world) = files.iter().find(|(name, _)| *name == "requested.wit").expect("it is there");
        let lines: Vec<&str> = world.lines().map(str::trim).collect();
        assert_eq!(lines[0], "package mortise:plugin@0.1.0;");
        let expected = [
            "world requested {",
            "include base;",
            "import document;",
            "import text;",
            "import resume;",
            "import kv;",
            "export resume-parsing;",
            "}",
        ];
        assert_eq!(&lines[3..], expected);
    }
}
