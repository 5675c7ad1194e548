"""The API Aspect: one module a VO standard, thin over jobs and catalogue."""
