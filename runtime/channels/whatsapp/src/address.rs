//! WhatsApp addresses, and the one way to write each.

use thiserror::Error;

const PERSON: &str = "s.whatsapp.net";
const GROUP: &str = "g.us";
const HIDDEN: &str = "lid";
/// Digits of an international phone number, as ITU-T E.164 allows, and the fewest that any has.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// Not an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is neither a phone number such as +573001112233 nor a WhatsApp address")]
pub struct AddressError(String);

/// The address of a phone number, a person or a group, as WhatsApp has it: `+57 300 111-2233` is
/// `573001112233@s.whatsapp.net`.
///
/// # Errors
/// [`AddressError`].
pub fn address(text: &str) -> Result<String, AddressError> {
    let wrong = || AddressError(text.to_owned());
    match text.split_once('@') {
        Some((user, server @ (PERSON | HIDDEN))) => {
            // A device's number does not belong to the person's address.
            let user = user.split(':').next().unwrap_or_default();
            if is_number(user) { Ok(format!("{user}@{server}")) } else { Err(wrong()) }
        }
        Some((group, GROUP)) => {
            let fits = !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            if fits { Ok(text.to_owned()) } else { Err(wrong()) }
        }
        Some(_) => Err(wrong()),
        None => {
            let number = text.trim().strip_prefix('+').unwrap_or(text.trim());
            let digits: String = number.chars().filter(|c| !" -().".contains(*c)).collect();
            if is_number(&digits) && DIGITS.contains(&digits.len()) {
                Ok(format!("{digits}@{PERSON}"))
            } else {
                Err(wrong())
            }
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_written_in_one_way() {
        for text in [
            "+57 300 111-2233",
            "573001112233",
            "573001112233@s.whatsapp.net",
            "573001112233:4@s.whatsapp.net",
            "(57) 300.111.2233",
        ] {
            assert_eq!(address(text).as_deref(), Ok("573001112233@s.whatsapp.net"), "{text}");
        }
        for text in ["120363025246125486@g.us", "573001112233-1612345678@g.us", "100000000000001@lid"] {
            assert_eq!(address(text).as_deref(), Ok(text));
        }
        for text in ["", "ana", "+", "12", "1234567890123456", "@g.us", "x@g.us", "1@example.com", "5 7@lid"]
        {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
