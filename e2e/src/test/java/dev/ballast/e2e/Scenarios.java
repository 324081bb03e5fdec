package dev.ballast.e2e;

import static java.lang.annotation.ElementType.TYPE;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import java.lang.annotation.Retention;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** Marks a class of scenarios. Each is reported as it runs, and must leave nothing behind. */
@Target(TYPE)
@Retention(RUNTIME)
@ExtendWith({FailureLogs.class, ScenarioReporter.class, LeftoverCheck.class})
@interface Scenarios {}
