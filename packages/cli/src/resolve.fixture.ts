// Says, by failing, where a recipe's import of a package leads.
throw new Error(import.meta.resolve('@hcsc/train'));
