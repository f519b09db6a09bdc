"""Makes the data files of the package from the packages of others. Development only."""
