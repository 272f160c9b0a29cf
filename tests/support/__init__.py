"""What the tests are built with: databases, people, pages."""
