/* Proof that a check can fail: in the test-only build (-Dmutants=true) the environment variable
 * CONCLAVE_MUTANT names one attack whose defence is switched off. In every other build the macro is
 * the plain condition and the switch does not exist. docs/decisions/0002-mutants.md */
#ifndef BASE_MUTANT_H
#define BASE_MUTANT_H

#ifdef CONCLAVE_MUTANTS
extern int mutant_off; /* number of the attack (1 for A01) whose defence is off, 0 for none */
/* DEFENCE(3, ok): true when the check passes, or when A03's defence is compiled out. */
#define DEFENCE(number, ok) (mutant_off == (number) || (ok))
#else
#define DEFENCE(number, ok) (ok)
#endif

#endif
