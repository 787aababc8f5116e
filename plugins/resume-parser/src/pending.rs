//! Simple recognisers that the grammars of `fields` replace one by one.
pub(crate) mod titles {
    pub(crate) fn score(t: &str) -> f32 {
        let l = t.to_lowercase();
        let w = ["engineer","manager","developer","assistant","intern","nurse","driver","captain","officer","chef","teacher","director","founder","president","technician","mechanic","pharmacist","consultant","welder","journalist","editor","reporter","analyst","cashier","associate","volunteer","coordinator","mentor","mechatroniker","entwickler","berater","adviseur","partner","responsable","lead","clerk","supervisor","member","paralegal","violin","aquarist","instructor"];
        if w.iter().any(|w| l.contains(w)) { 0.9 } else { 0.0 }
    }
}
pub(crate) mod organisations {
    pub(crate) fn score(t: &str) -> f32 {
        let l = t.to_lowercase();
        let w = ["university","college","school","inc","ltd","gmbh","llc","institute","academy","hospital","bank","group","company","schule","universit","center","foundation","lycée","iut","hogeschool"];
        if w.iter().any(|w| l.contains(w)) { 0.9 } else { 0.1 }
    }
}
pub(crate) mod places {
    pub(crate) struct Place { pub(crate) location: mortise_sdk::resume::Location, pub(crate) confidence: f32 }
    pub(crate) fn parse(t: &str) -> Option<Place> {
        let (a, b) = t.split_once(", ")?;
        if t.len() > 50 || b.len() > 20 { return None; }
        Some(Place { location: mortise_sdk::resume::Location { city: Some(a.into()), region: (b.len() < 4).then(|| b.into()), country_code: (b.len() > 3).then(|| b.into()), ..Default::default() }, confidence: 0.6 })
    }
}
pub(crate) mod degrees {
    pub(crate) struct Degree { pub(crate) study_type: Option<String>, pub(crate) area: Option<String> }
    pub(crate) fn parse(t: &str) -> Option<Degree> {
        let w = ["Bachelor of Science","Bachelor of Arts","Master of Science","Bachelor","Master","BSc","MSc","B.S.","B.A.","Diploma","PhD","MPharm","MEng","BEng","Licence","DUT","BTS","Ausbildung"];
        for k in w { if let Some(r) = t.strip_prefix(k) {
            let r = r.trim_start_matches([' ', ',']).trim_start_matches("in ").trim();
            return Some(Degree { study_type: Some(k.into()), area: (!r.is_empty()).then(|| r.into()) });
        } }
        None
    }
}
pub(crate) mod languages {
    pub(crate) fn parse(t: &str) -> Option<(String, Option<String>)> {
        let w = ["English","French","German","Spanish","Irish","Filipino","Cebuano","Dutch","Nederlands","Engels","Duits","Deutsch","Englisch","Türkisch","Français","Anglais","Japanese","Arabic","Vietnamese"];
        for k in w { if let Some(r) = t.strip_prefix(k) {
            let r = r.trim_matches([' ', ':', '(', ')', '-', '–']);
            return Some((k.into(), (!r.is_empty()).then(|| r.into())));
        } }
        None
    }
}
