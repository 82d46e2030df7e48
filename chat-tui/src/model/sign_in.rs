//! The form for signing in, or for making an account.

use super::Field;

/// A line of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInField {
    /// The server's address.
    Server,
    /// The username (or the email, for signing in).
    Name,
    /// The email of a new account.
    Email,
    /// The password.
    Password,
}

/// The form for signing in, or for making an account.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The server's address.
    pub server: Field,
    /// The username (or the email, for signing in).
    pub name: Field,
    /// The email of a new account.
    pub email: Field,
    /// The password.
    pub password: Field,
    /// Where the cursor is.
    pub focus: SignInField,
    /// Whether an account is to be made.
    pub register: bool,
    /// Whether the server is being asked.
    pub busy: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// The password was refused: what is typed next takes its place.
    pub is_refused: bool,
}

impl SignIn {
    /// An empty form, with the cursor where something is missing.
    pub fn new(server: &str, name: &str) -> Self {
        Self {
            server: Field::new(server),
            name: Field::new(name),
            email: Field::new(""),
            password: Field::secret(),
            focus: match (server.is_empty(), name.is_empty()) {
                (true, _) => SignInField::Server,
                (false, true) => SignInField::Name,
                (false, false) => SignInField::Password,
            },
            register: false,
            busy: false,
            error: None,
            is_refused: false,
        }
    }

    /// The lines that are shown.
    pub fn fields(&self) -> &'static [SignInField] {
        match self.register {
            true => &[
                SignInField::Server,
                SignInField::Name,
                SignInField::Email,
                SignInField::Password,
            ],
            false => &[
                SignInField::Server,
                SignInField::Name,
                SignInField::Password,
            ],
        }
    }

    /// One line.
    pub fn field(&self, which: SignInField) -> &Field {
        match which {
            SignInField::Server => &self.server,
            SignInField::Name => &self.name,
            SignInField::Email => &self.email,
            SignInField::Password => &self.password,
        }
    }

    pub(crate) fn focused_mut(&mut self) -> &mut Field {
        match self.focus {
            SignInField::Server => &mut self.server,
            SignInField::Name => &mut self.name,
            SignInField::Email => &mut self.email,
            SignInField::Password => &mut self.password,
        }
    }

    /// The line that is written into. A password that was refused is not written on.
    pub(crate) fn write(&mut self) -> &mut Field {
        if self.focus == SignInField::Password && std::mem::take(&mut self.is_refused) {
            self.password = Field::secret();
        }
        self.error = None;
        self.focused_mut()
    }

    /// Moves the cursor to another line, around the end.
    pub(crate) fn step(&mut self, back: bool) {
        let fields = self.fields();
        let at = fields.iter().position(|f| *f == self.focus).unwrap_or(0);
        let by = if back { fields.len() - 1 } else { 1 };
        self.focus = fields[(at + by) % fields.len()];
    }

    /// The first line with nothing in it.
    pub(crate) fn missing(&self) -> Option<SignInField> {
        let mut fields = self.fields().iter().copied();
        fields.find(|field| self.field(*field).text().trim().is_empty())
    }
}
