package dev.ballast.e2e;

import static java.lang.annotation.ElementType.TYPE;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import java.lang.annotation.Retention;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class of scenarios: told as they happen, and held to leave nothing behind. */
@Target(TYPE)
@Retention(RUNTIME)
@ExtendWith({ScenarioReporter.class, LeftoverCheck.class})
@interface Scenarios {}
