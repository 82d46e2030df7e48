//! Who there is: short usernames in the order of the alphabet, names in many scripts.

use chat_core::{DisplayName, Email, Username};

const NAMES: &[(&str, &str)] = &[
    ("ann", "Ann Lee"),
    ("ben", "Ben Okafor"),
    ("chloe", "Chloé Martin"),
    ("dmitri", "Дмитрий Орлов"),
    ("emre", "Emre Yıldız"),
    ("fatima", "فاطمة الزهراء"),
    ("goran", "Goran Petrović"),
    ("hana", "佐藤 花"),
    ("ines", "Inês Carvalho"),
    ("jun", "김준"),
    ("kofi", "Kofi Mensah"),
    ("leilei", "李雷雷"),
    ("miriam", "מרים כהן"),
    ("nadia", "Nadia Haddad"),
    ("oskar", "Oskar Nyström"),
    ("priya", "प्रिया शर्मा"),
    ("quinn", "Quinn O'Neill"),
    ("rosa", "Rosa Jiménez"),
    ("sofia", "Σοφία Παππά"),
    ("thu", "Nguyễn Thu"),
    ("uma", "உமா"),
    ("viktor", "Віктор Шевченко"),
    ("wanjiru", "Wanjirũ Kamau"),
    ("ximena", "Ximena Ríos"),
    ("yusuf", "يوسف"),
    ("zoe", "Zoë van Dijk"),
];

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) username: Username,
    pub(crate) display_name: DisplayName,
    pub(crate) email: Email,
}

/// The first `count` people: ann, ben, chloe, …; after zoe comes ann2.
pub(super) fn crowd(count: usize) -> Vec<Person> {
    const RULES: &str = "a test parses every name by its rule";
    (0..count)
        .map(|at| {
            let (username, name) = NAMES[at % NAMES.len()];
            let (username, name) = match at / NAMES.len() {
                0 => (username.to_owned(), name.to_owned()),
                round => (
                    format!("{username}{}", round + 1),
                    format!("{name} {}", round + 1),
                ),
            };
            Person {
                email: Email::parse(format!("{username}@example.org")).expect(RULES),
                username: Username::parse(username).expect(RULES),
                display_name: DisplayName::parse(name).expect(RULES),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_has_a_name_of_their_own_by_the_rules() {
        let crowd = crowd(1_000);
        let names: BTreeSet<_> = crowd.iter().map(|person| &person.username).collect();

        assert_eq!(names.len(), 1_000);
        assert_eq!(crowd[0].username.as_str(), "ann");
        assert_eq!(crowd[27].username.as_str(), "ben2");
    }
}
