package dev.ballast.operator.service.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentenceCaseTest {

  @ParameterizedTest(name = "''{0}''")
  @CsvSource({
    "the pool is full,  The pool is full.",
    "The pool is full., The pool is full.",
    "'',                ''",
  })
  void a_clause_becomes_a_sentence(String clause, String sentence) {
    assertThat(SentenceCase.of(clause)).isEqualTo(sentence);
  }
}
