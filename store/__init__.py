"""Documents and repositories (MongoDB), fast shared state (Redis), embedded servers. Knows no other room."""
