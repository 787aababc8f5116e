//! The sample résumés the demo parses, from the repository's `samples/`.

macro_rules! samples {
    ($($name:literal),* $(,)?) => {
        /// File name and bytes.
        pub(super) const RESUMES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../../samples/", $name)))),*];
    };
}

samples![
    "biologist-jp.pdf",
    "cashier-us.pdf",
    "chef-fr.pdf",
    "civil-eng-za.pdf",
    "hr-nl.pdf",
    "journalist-us.pdf",
    "logistics-fr.pdf",
    "mechanic-de.pdf",
    "pharmacist-ie.pdf",
    "student-us.pdf",
    "trucker-us.pdf",
    "welder-au.pdf",
];
