"""Role-based access control as Azure does it: roles, their assignments with conditions, what each operation needs."""
