use super::Surface;

#[test]
fn a_path_tells_its_surface() {
    let table = [
        ("/api/v3/accounts/1/scim/v2/Users", Surface::Scim),
        ("/api/v3/accounts/1/scim/v2", Surface::Scim),
        ("/api/v3/accounts/1/scim/v3/Users", Surface::Scim),
        ("/api/v3/accounts/x/scim", Surface::Scim),
        ("//api/v3//accounts/1/scim/v2//Users/", Surface::Scim),
        ("/api/v3/accounts/1/scim-config/tokens", Surface::Admin),
        ("/api/v3/accounts/scim/v2", Surface::Admin),
        ("/api/v3/accounts", Surface::Admin),
        ("/scim/v2/Users", Surface::Admin),
        ("/console", Surface::Console),
        ("//console/users/1", Surface::Console),
        ("/consoles", Surface::Admin),
        ("/", Surface::Admin),
    ];
    for (path, surface) in table {
        assert_eq!(Surface::of(path), surface, "{path}");
    }
}
